import CCurl
import Files

/// libcurl, opened when the first download begins.
///
/// Proxies are libcurl's business: it honours `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`.
struct CurlLibrary: @unchecked Sendable {
  /// Functions of a library that stays open until the process ends.
  private(set) var functions: CurlFunctions

  /// - Throws: `Failure` if there is no libcurl.
  static func open() throws -> CurlLibrary {
    guard let library else {
      throw Failure(
        .unavailable, "downloads need libcurl, which is missing", remedy: "install the package libcurl4")
    }
    return library
  }

  private static let library: CurlLibrary? = {
    var functions = CurlFunctions()
    return curl_functions_open(&functions) == 1 ? CurlLibrary(functions: functions) : nil
  }()
}
