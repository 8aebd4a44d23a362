import COpenBLAS
import Parallel

/// How fast the library multiplies matrices on this machine now: what the program's own speed is compared with.
public enum LibrarySpeed {
  /// Billions of operations (a product and a sum are two) a second of SGEMM for square matrices of `side`, split by
  /// OpenBLAS itself over `threads` threads. The median of `repeats` runs after one that is not counted.
  ///
  /// The library has one thread again afterwards, as `MatrixProduct` needs it. Contract: as `MatrixProduct`, and nothing
  /// else computes meanwhile.
  public static func sgemm(
    side: Int = 4096, repeats: Int = 5, threads: Int = Parallel.threads
  ) -> Double {
    let count = side * side
    // Memory of its own, given back to the system at once: recycled blocks would count in the program's memory.
    let matrices = UnsafeMutablePointer<Float>.allocate(capacity: 3 * count)
    defer { matrices.deallocate() }
    for index in 0..<2 * count { matrices[index] = Float(index % 61) / 61 - 0.5 }
    (matrices + 2 * count).initialize(repeating: 0, count: count)
    let library = OpenBLAS.current.functions
    library.set_threads(Int32(clamping: threads))
    defer { library.set_threads(1) }
    let size = Int32(side)
    let seconds = (0...max(1, repeats)).map { _ in
      let start = ContinuousClock.now
      library.sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, matrices, size, matrices + count,
        size, 0, matrices + 2 * count, size)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    let counted = seconds.dropFirst().sorted()
    return 2 * Double(count) * Double(side) / counted[counted.count / 2] / 1e9
  }
}
