import CProcessor
import Files
import Parallel
import Platform

/// The build of OpenBLAS that the program found.
public enum MatrixLibrary {
  /// Opens it, once, and checks that it may be called from several threads at once, and that its products are right.
  ///
  /// - Throws: `Failure` if there is none or it is wrong; for the sequential build, which has no locks, and for the one on
  ///   OpenMP. Debian's packages of all three have the library under one name.
  public static func check() throws { try checked.get() }

  /// Checks it, and sets as many threads as there is room for.
  ///
  /// - Returns: what slows it down here, for the user.
  /// - Throws: as `check`.
  public static func prepare() throws -> [String] {
    try check()
    let slow = remark(core: core, processor: Int(cryosam_processor_level()), asked: askedCore)
    let threads = Parallel.threads
    guard let space = AddressSpace.current, let fitting = space.threads(threads) else {
      return [slow].compactMap { $0 }
    }
    Parallel.threads = fitting
    return [
      slow,
      "the address space is limited to \(byteSize(space.limit)): \(fitting) of \(threads) threads are used",
    ]
    .compactMap { $0 }
  }

  private static let checked = Result<Void, Failure> { () throws(Failure) in try examine() }

  private static func examine() throws(Failure) {
    let library = try OpenBLAS.open()
    try check(parallel: library.functions.parallel())
    try check(core: core, processor: Int(cryosam_processor_level()), asked: askedCore)
    if let space = AddressSpace.current, !space.suffices {
      throw Failure(
        .unavailable,
        "the address space is limited to \(byteSize(space.limit)), and what is left of it is too little for OpenBLAS",
        remedy: "raise the limit (ulimit -v, or the memory that the job asks for)")
    }
    guard
      let fault = ProductCheck.fault(of: { MatrixProduct.multiply($0, $1, into: $2, scale: $3, adding: $4) })
    else { return }
    throw Failure(
      .unavailable, "\(library.name) with its kernels for \(library.core) gives wrong products (\(fault))",
      remedy:
        "install another version of the package libopenblas0-pthread, or set OPENBLAS_CORETYPE to other kernels"
    )
  }

  /// As `check`, for a library whose `openblas_get_parallel` answers `parallel`: 0 sequential, 1 threads, 2 OpenMP.
  package static func check(parallel: Int32) throws(Failure) {
    guard parallel != 1 else { return }
    throw Failure(
      .unavailable,
      "the OpenBLAS found here is the \(parallel == 0 ? "sequential" : "OpenMP") build, which gives wrong or changing "
        + "results when several threads call it",
      remedy: "install the package libopenblas0-pthread, or choose it with update-alternatives")
  }

  /// What the user is told when the library cannot be opened, and the loader says `reason`.
  package static func failure(ofLoader reason: String) -> Failure {
    guard !reason.contains("No such file") else {
      return Failure(
        .unavailable, "matrix products need OpenBLAS, which is missing",
        remedy: "install the package libopenblas0-pthread")
    }
    return Failure(.unavailable, "OpenBLAS cannot be opened: \(reason)")
  }
}

/// The processor that OpenBLAS takes this one for.
extension MatrixLibrary {
  private static var core: String { OpenBLAS.current.core }
  private static var askedCore: String? { getenv(variable).map { String(cString: $0) } }
  private static let variable = "OPENBLAS_CORETYPE"

  /// The level of the x86-64 instruction set that the kernels for `core` are written in, as `cryosam_processor_level`
  /// has it: 4 AVX-512, 3 AVX2, 1 anything before.
  private static func level(of core: String) -> Int {
    switch core.lowercased() {
    case "skylakex", "cooperlake", "sapphirerapids": 4
    case "haswell", "zen", "excavator": 3
    default: 1
    }
  }

  /// Refuses kernels `asked` for that the processor cannot run: it would stop at the first product.
  package static func check(core: String, processor level: Int, asked: String?) throws(Failure) {
    guard let asked, asked.lowercased() == core.lowercased(), self.level(of: core) > level else { return }
    throw Failure(
      .unavailable, "\(variable)=\(asked) asks OpenBLAS for instructions that this processor does not have",
      remedy: "unset \(variable)")
  }

  /// What to say if OpenBLAS leaves instructions unused that a processor of `level` has.
  ///
  /// - Parameter asked: the value of `OPENBLAS_CORETYPE`; OpenBLAS takes no notice of names that it does not know.
  package static func remark(core: String, processor level: Int, asked: String?) -> String? {
    let own = self.level(of: core)
    guard level >= 3, own < level else { return nil }
    let instructions = level >= 4 ? "AVX-512" : "AVX2"
    if let asked, asked.lowercased() == core.lowercased() {
      return
        "\(variable)=\(asked) keeps OpenBLAS from this processor's \(instructions) instructions, so that runs take "
        + "longer: unset it"
    }
    // The kernels for Zen are what OpenBLAS chooses for AMD's processors with AVX-512 too.
    guard own == 1 || core.lowercased() != "zen" else { return nil }
    return
      "OpenBLAS takes this processor for \(core) and leaves its \(instructions) instructions unused, so that runs "
      + "take longer: set \(variable)=\(level >= 4 ? "SkylakeX" : "Haswell"), or install a newer OpenBLAS"
  }
}
