import COpenBLAS
import Files

/// OpenBLAS, opened when it is first needed: before weights are read, at the latest at the first product.
struct OpenBLAS: @unchecked Sendable {
  /// Functions of a library that stays open until the process ends.
  let functions: OpenBLASFunctions

  /// - Throws: `Failure` if there is none, or it cannot be opened.
  static func open() throws(Failure) -> OpenBLAS { try opened.get() }

  private static let opened: Result<OpenBLAS, Failure> = {
    var functions = OpenBLASFunctions()
    if let reason = openblas_functions_open(&functions) {
      return .failure(MatrixLibrary.failure(ofLoader: String(cString: reason)))
    }
    // Also for a library that was in the process before this program opened it.
    functions.set_threads(1)
    return .success(OpenBLAS(functions: functions))
  }()

  /// `OpenBLAS 0.3.21`
  var name: String {
    let words = functions.configuration().map { String(cString: $0) } ?? "OpenBLAS"
    return words.split(separator: " ").prefix(2).joined(separator: " ")
  }

  /// The processor whose kernels it has chosen: `Zen`.
  var core: String { functions.core().map { String(cString: $0) } ?? "" }

  /// The library, which `MatrixLibrary.check` has opened.
  static let current: OpenBLAS = {
    guard let library = try? open() else { preconditionFailure("there is no OpenBLAS") }
    return library
  }()

  /// The product of `current`.
  static let sgemm: Product = current.functions.sgemm

  typealias Product =
    @convention(c) (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint, Float,
      UnsafePointer<Float>?, blasint, UnsafePointer<Float>?, blasint, Float, UnsafeMutablePointer<Float>?,
      blasint
    ) -> Void
}
