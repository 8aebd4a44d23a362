import CCurl
import Files
import FoundationEssentials

/// One GET request by libcurl.
struct HTTPTransfer {
  let url: String
  /// The first byte that is wanted, with the validator of the version it must be of; nil: the whole file.
  let range: (start: Int, validator: String)?

  /// How a transfer ended that brought nothing to refuse.
  enum Ending: Sendable {
    /// The server sent all that it announced.
    case complete
    /// The connection broke, or nothing came for a minute: worth another attempt.
    case broken(String)
    /// There was no connection to the server.
    case unreachable(String)
  }

  /// Seconds to wait for a connection, and for any byte.
  private static let connectSeconds = 30
  private static let stallSeconds = 60
  private static let redirectLimit = 5

  /// Sends the request and hands the answer on as it comes.
  ///
  /// - Parameters:
  ///   - head: called once with the last answer's head, before its body. A failure that it throws ends the
  ///     transfer.
  ///   - body: called with each piece of the body; a failure that it throws ends the transfer.
  /// - Throws: what `head` and `body` throw, and `Failure` for addresses and servers that no repetition helps.
  func perform(
    head: @escaping (HTTPResponse) throws -> Void, body: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Ending {
    let library = try CurlLibrary.open()
    return try withUnsafePointer(to: library.functions) { curl in
      guard let handle = curl.pointee.create() else {
        throw Failure(.internalError, "libcurl gave no handle")
      }
      defer { curl.pointee.destroy(handle) }
      let receiver = Receiver(head: head, body: body)
      var fields: UnsafeMutablePointer<curl_slist>?
      defer { curl.pointee.free_list(fields) }
      if let range {
        fields = curl.pointee.append(nil, "If-Range: \(range.validator)")
        curl_set_text(curl, handle, CURLOPT_RANGE, "\(range.start)-")
        curl_set_pointer(curl, handle, CURLOPT_HTTPHEADER, fields)
      }
      setOptions(curl, handle)
      let context = Unmanaged.passUnretained(receiver).toOpaque()
      curl_set_receiver(curl, handle, CURLOPT_HEADERFUNCTION, receiveHeader)
      curl_set_pointer(curl, handle, CURLOPT_HEADERDATA, context)
      curl_set_receiver(curl, handle, CURLOPT_WRITEFUNCTION, receiveBody)
      curl_set_pointer(curl, handle, CURLOPT_WRITEDATA, context)
      return try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CURL_ERROR_SIZE)) { details in
        details.initialize(repeating: 0)
        curl_set_pointer(curl, handle, CURLOPT_ERRORBUFFER, details.baseAddress)
        let code = withExtendedLifetime(receiver) { curl.pointee.perform(handle) }
        if code == CURLE_OK { receiver.finishHead() }
        if let failure = receiver.failure { throw failure }
        var proxyStatus = 0
        curl_get_number(curl, handle, CURLINFO_HTTP_CONNECTCODE, &proxyStatus)
        if code != CURLE_OK && proxyStatus >= 400 {
          throw Failure(
            .unavailable, path: Address.withoutSecrets(url),
            "cannot be downloaded: the proxy answers \(proxyStatus)")
        }
        let text = Address.hidingSecrets(in: details.baseAddress.map { String(cString: $0) } ?? "")
        let general = curl.pointee.describe(code).map { String(cString: $0) } ?? "error \(code.rawValue)"
        return try ending(code, text.isEmpty ? general : text)
      }
    }
  }

  private func setOptions(_ curl: UnsafePointer<CurlFunctions>, _ handle: UnsafeMutableRawPointer) {
    curl_set_text(curl, handle, CURLOPT_URL, url)
    curl_set_text(curl, handle, CURLOPT_USERAGENT, "cryosam")
    curl_set_protocols(curl, handle, url.lowercased().hasPrefix("https:") ? 1 : 0)
    for (option, value) in [
      (CURLOPT_FOLLOWLOCATION, 1), (CURLOPT_MAXREDIRS, Self.redirectLimit),
      (CURLOPT_CONNECTTIMEOUT, Self.connectSeconds), (CURLOPT_LOW_SPEED_LIMIT, 1),
      (CURLOPT_LOW_SPEED_TIME, Self.stallSeconds), (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
    ] {
      curl_set_number(curl, handle, option, value)
    }
    // The certificates that the curl program and OpenSSL would take, for networks that have their own.
    let environment = ProcessInfo.processInfo.environment
    if let path = environment["CURL_CA_BUNDLE"] ?? environment["SSL_CERT_FILE"], !path.isEmpty {
      curl_set_text(curl, handle, CURLOPT_CAINFO, path)
    }
  }

  private func ending(_ code: CURLcode, _ text: String) throws -> Ending {
    switch code {
    case CURLE_OK: return .complete
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT:
      return .unreachable(text)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING,
      CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SSL_CONNECT_ERROR:
      return .broken(text)
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
      throw Failure(.usage, path: Address.withoutSecrets(url), "is no address to download from: \(text)")
    case CURLE_TOO_MANY_REDIRECTS:
      throw Failure(
        .unavailable, path: Address.withoutSecrets(url), "redirects more than \(Self.redirectLimit) times")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
      throw Failure(
        .unavailable, path: Address.withoutSecrets(url), "the server's certificate is not trusted: \(text)",
        remedy: "if your network has its own certificates, name their file in CURL_CA_BUNDLE")
    default: throw Failure(.unavailable, path: Address.withoutSecrets(url), "cannot be downloaded: \(text)")
    }
  }
}

/// What libcurl's callbacks write to.
private final class Receiver {
  private let head: (HTTPResponse) throws -> Void
  private let body: (UnsafeRawBufferPointer) throws -> Void
  private var response = HTTPResponse()
  private var headDone = false
  private(set) var failure: (any Error)?

  init(
    head: @escaping (HTTPResponse) throws -> Void, body: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.head = head
    self.body = body
  }

  func take(header: UnsafeRawBufferPointer) {
    response.take(line: String(decoding: header, as: UTF8.self))
  }

  /// Whether the body is wanted still.
  func take(body bytes: UnsafeRawBufferPointer) -> Bool {
    finishHead()
    guard failure == nil else { return false }
    do { try body(bytes) } catch { failure = error }
    return failure == nil
  }

  /// Passes the head on, once: only the body's first byte or the end tells that no redirect follows.
  func finishHead() {
    guard !headDone else { return }
    headDone = true
    do { try head(response) } catch { failure = error }
  }
}

private let receiveHeader: CurlReceiver = { bytes, size, count, context in
  guard let context else { return 0 }
  let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
  receiver.take(header: UnsafeRawBufferPointer(start: bytes, count: size * count))
  return size * count
}

private let receiveBody: CurlReceiver = { bytes, size, count, context in
  guard let context else { return 0 }
  let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
  return receiver.take(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}
