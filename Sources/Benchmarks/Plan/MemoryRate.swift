import NN
import Parallel

/// How fast all threads together read memory, in bytes a second: what many cores share.
public enum MemoryRate {
  private static let count = 1 << 27

  /// Of the fastest of three passes over half a gigabyte.
  public static func measure() -> Double {
    let numbers = RandomNumbers.tensor([count], seed: 1)
    let block = 1 << 20
    var fastest = Double.infinity
    for _ in 0..<3 {
      let start = ContinuousClock.now
      let sums = Parallel.mapRanges(count, size: block) { range in
        numbers.withElements { numbers in
          var sum = SIMD16<Float>()
          let bytes = UnsafeRawBufferPointer(numbers)
          for place in stride(from: 4 * range.lowerBound, to: 4 * range.upperBound, by: 64) {
            sum += bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<Float>.self)
          }
          return sum.sum()
        }
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      // The sums are used, so that they are made.
      if sums.allSatisfy(\.isFinite) { fastest = min(fastest, seconds) }
    }
    return 4 * Double(count) / fastest
  }
}
