import Files

/// What a browser is answered.
public struct Response: Sendable, Equatable {
  public let status: String
  public let type: String
  public let body: [UInt8]
  /// Whether the browser may keep it: it never changes.
  public let isLasting: Bool

  private init(_ status: String, _ type: String, _ body: [UInt8], isLasting: Bool = false) {
    (self.status, self.type, self.body, self.isLasting) = (status, type, body, isLasting)
  }

  /// A file of the page.
  package static func file(_ body: [UInt8], _ type: String) -> Response { Response("200 OK", type, body) }

  package static func json(_ value: JSON) -> Response {
    Response("200 OK", "application/json; charset=utf-8", Array(value.text.utf8))
  }

  /// Bytes as they are.
  package static func bytes(_ body: [UInt8], isLasting: Bool = false) -> Response {
    Response("200 OK", "application/octet-stream", body, isLasting: isLasting)
  }

  /// Nothing has changed.
  package static let unchanged = Response("204 No Content", "text/plain; charset=utf-8", [])

  package static func refused(_ refusal: Refusal) -> Response {
    Response(refusal.status, "text/plain; charset=utf-8", Array("\(refusal.text)\n".utf8))
  }

  package static func failed(_ failure: Failure) -> Response {
    Response("422 Unprocessable Content", "text/plain; charset=utf-8", Array("\(failure)\n".utf8))
  }

  /// What goes before the body. Nothing of the page comes from elsewhere, and no other page may show it.
  func head(staysOpen: Bool) -> String {
    let lines = [
      "HTTP/1.1 \(status)", "Content-Type: \(type)", "Content-Length: \(body.count)",
      "Connection: \(staysOpen ? "keep-alive" : "close")",
      "Cache-Control: \(isLasting ? "private, max-age=86400, immutable" : "no-store")",
      "Content-Security-Policy: default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
        + "base-uri 'none'; form-action 'none'",
      "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
      "Cross-Origin-Resource-Policy: same-origin",
    ]
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
  }
}
