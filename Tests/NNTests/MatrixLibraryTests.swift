import Files
import NN
import Platform
import Testing

@Suite("The library of matrix products")
struct MatrixLibraryTests {
  @Test("is the one with threads of its own", arguments: [(Int32(0), "sequential"), (2, "OpenMP"), (1, nil)])
  func build(parallel: Int32, refused: String?) throws {
    guard let refused else { return try MatrixLibrary.check(parallel: parallel) }
    let failure = #expect(throws: Failure.self) { try MatrixLibrary.check(parallel: parallel) }
    #expect(
      failure?.reason.contains(refused) == true && failure?.remedy?.contains("libopenblas0-pthread") == true)
  }

  @Test(
    "is called missing only if it is",
    arguments: [
      ("libopenblas.so.0: cannot open shared object file: No such file or directory", true),
      ("libopenblas.so.0: failed to map segment from shared object: Cannot allocate memory", false),
      ("libopenblas.so.0: file too short", false),
      ("it lacks functions that OpenBLAS has", false),
    ])
  func opening(reason: String, isMissing: Bool) {
    let failure = MatrixLibrary.failure(ofLoader: reason)
    #expect(failure.reason.contains("missing") == isMissing)
    #expect((failure.remedy?.contains("libopenblas0-pthread") == true) == isMissing)
    #expect(isMissing || failure.reason.contains(reason))
  }

  @Test("leaves no threads, and no variable, behind when it is opened") func variables() throws {
    setenv("OPENBLAS_NUM_THREADS", "7", 1)
    defer { unsetenv("OPENBLAS_NUM_THREADS") }
    try MatrixLibrary.check()
    #expect(getenv("OPENBLAS_NUM_THREADS").map { String(cString: $0) } == "7")
  }

  @Test(
    "what slows it down is said",
    arguments: [
      // Core, level of the processor, OPENBLAS_CORETYPE, what is to be done.
      ("Zen", 3, nil, nil), ("Haswell", 3, nil, nil), ("SkylakeX", 4, nil, nil), ("Cooperlake", 4, nil, nil),
      ("Prescott", 1, nil, nil), ("Nehalem", 1, "Nehalem", nil), ("Zen", 4, nil, nil),
      ("Haswell", 4, "Haswell", "unset it"), ("Haswell", 4, "haswell", "unset it"),
      ("Zen", 4, "ZEN", "unset it"),
      ("Prescott", 3, "Prescott", "unset it"), ("Sandybridge", 4, "Sandybridge", "unset it"),
      ("Haswell", 4, nil, "set OPENBLAS_CORETYPE=SkylakeX"),
      ("Haswell", 4, "Unknown", "set OPENBLAS_CORETYPE=SkylakeX"),
      ("Prescott", 3, nil, "set OPENBLAS_CORETYPE=Haswell"),
      ("Generic", 4, "", "set OPENBLAS_CORETYPE=SkylakeX"),
    ] as [(String, Int, String?, String?)])
  func slowness(core: String, level: Int, asked: String?, remedy: String?) {
    let remark = MatrixLibrary.remark(core: core, processor: level, asked: asked)
    guard let remedy else {
      #expect(remark == nil)
      return
    }
    #expect(remark?.contains(remedy) == true, "\(remark ?? "nothing")")
    #expect(remark?.contains(level == 4 ? "AVX-512" : "AVX2") == true)
  }

  @Test(
    "kernels that the processor cannot run are refused",
    arguments: [
      ("SkylakeX", 3, "SkylakeX", true), ("Cooperlake", 3, "COOPERLAKE", true),
      ("Haswell", 1, "Haswell", true),
      ("SkylakeX", 4, "SkylakeX", false), ("Zen", 3, "SkylakeX", false), ("Haswell", 1, nil, false),
    ] as [(String, Int, String?, Bool)])
  func foreignKernels(core: String, level: Int, asked: String?, refused: Bool) throws {
    guard refused else { return try MatrixLibrary.check(core: core, processor: level, asked: asked) }
    let failure = #expect(throws: Failure.self) {
      try MatrixLibrary.check(core: core, processor: level, asked: asked)
    }
    #expect(failure?.remedy == "unset OPENBLAS_CORETYPE")
  }

  @Test(
    "threads are as many as a limited address space has room for",
    arguments: [
      (200, 8, 1), (900, 8, 2), (2000, 4, nil), (2000, 16, 5), (100_000, 64, nil), (0, 2, 1), (0, 1, nil),
    ]
      as [(Int, Int, Int?)])
  func room(megabytes: Int, wanted: Int, threads: Int?) {
    let space = AddressSpace(limit: (megabytes + 100) << 20, left: megabytes << 20)
    #expect(space.threads(wanted) == threads)
    #expect(space.suffices == (megabytes >= 200))
  }

  /// A product that is wrong in one way.
  enum Fault: CaseIterable {
    case none, ignoresAdding, alwaysAdds, ignoresScale, skipsLastRow, skipsLastColumn, lacksATerm,
      writesBeyondRows
    case wrongIfTall, wrongIfBothTransposed, givesNaN, losesHalfItsDigits
  }

  @Test("a product that is wrong in one way is found", arguments: Fault.allCases)
  func wrongProducts(fault: Fault) {
    let found = ProductCheck.fault { a, b, c, scale, adding in
      for row in 0..<c.rows - (fault == .skipsLastRow ? 1 : 0) {
        for column in 0..<c.columns - (fault == .skipsLastColumn && c.columns % 8 != 0 ? 1 : 0) {
          var sum: Float = 0
          for term in 0..<a.columns - (fault == .lacksATerm && a.columns > 64 ? 1 : 0) {
            let left = a.isTransposed ? a.base[term * a.stride + row] : a.base[row * a.stride + term]
            let right = b.isTransposed ? b.base[column * b.stride + term] : b.base[term * b.stride + column]
            sum += left * right
          }
          if fault != .ignoresScale { sum *= scale }
          if fault == .wrongIfTall && c.rows > 150 && row == 160 { sum += 0.01 }
          if fault == .wrongIfBothTransposed && a.isTransposed && b.isTransposed { sum = -sum }
          if fault == .givesNaN && c.rows == 2 { sum = .nan }
          if fault == .losesHalfItsDigits { sum = Float(Float16(sum)) }
          let adds = fault == .ignoresAdding ? false : fault == .alwaysAdds ? true : adding
          c.row(row)[column] = sum + (adds ? c.row(row)[column] : 0)
        }
        if fault == .writesBeyondRows { c.row(row)[c.columns] = 0 }
      }
    }
    #expect((found == nil) == (fault == .none), "\(found ?? "nothing")")
  }

  /// A product whose sums are made from the last term on in some rows.
  enum Group: CaseIterable {
    case none, everyThird, lastOfUneven, allIfMany
  }

  @Test("rows that depend on how many follow are found", arguments: Group.allCases)
  func leadingRows(group: Group) {
    let areKept = ProductCheck.keepsLeadingRows(16, columns: 5, terms: 40) { a, b, c, _, _ in
      for row in 0..<c.rows {
        let isBackward =
          switch group {
          case .none: false
          case .everyThird: row % 3 == 2
          case .lastOfUneven: row >= c.rows / 12 * 12
          case .allIfMany: c.rows > 16
          }
        for column in 0..<c.columns {
          var sum: Float = 0
          for index in 0..<a.columns {
            let term = isBackward ? a.columns - 1 - index : index
            sum += a.base[row * a.stride + term] * b.base[column * b.stride + term]
          }
          c.row(row)[column] = sum
        }
      }
    }
    #expect(areKept == (group == .none || group == .everyThird))
  }
}
