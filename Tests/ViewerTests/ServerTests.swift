import Dispatch
import Platform
import Synchronization
import Testing
import Viewer

@Suite("the viewer's server")
struct ServerTests {
  static let gate = Gate(token: "0123456789abcdef0123456789abcdef")

  /// What stands for the token and the host in a request.
  private static func filled(_ text: String, _ port: UInt16) -> String {
    text.replacing("TOKEN", with: gate.token).replacing("HOST", with: "127.0.0.1:\(port)")
      .replacing("PORT", with: "\(port)").replacing("LONG", with: String(repeating: "a", count: 20_000))
  }

  private static func withServer(_ body: (UInt16) throws -> Void) throws {
    let server = try Server(port: 0, gate: gate) { path, request in
      path == "echo"
        ? .bytes(request.body) : path == "" ? .file(Array("page".utf8), "text/html") : .refused(.unknown)
    }
    let ended = DispatchSemaphore(value: 0)
    DispatchQueue(label: "server").async {
      server.run()
      ended.signal()
    }
    defer {
      server.stop()
      #expect(ended.wait(timeout: .now() + 10) == .success)
    }
    try body(server.port)
  }

  static let hostile: [(name: String, request: String, code: Int?)] = [
    ("the page", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 200),
    ("by the other name", "GET /TOKEN/ HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n", 200),
    ("by a forwarded port", "GET /TOKEN/ HTTP/1.1\r\nHost: localhost:9000\r\n\r\n", 200),
    (
      "the page's own script",
      "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nSec-Fetch-Site: same-origin\r\n\r\n", 200
    ),
    ("a body", "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc", 200),
    ("no token", "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n", 403),
    ("a part of the token", "GET /0123456789abcdef/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 403),
    ("another token", "GET /1123456789abcdef0123456789abcdef/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 403),
    ("the token elsewhere", "GET /state?token=TOKEN HTTP/1.1\r\nHost: HOST\r\n\r\n", 403),
    ("no host", "GET /TOKEN/ HTTP/1.1\r\n\r\n", 403),
    ("a foreign host", "GET /TOKEN/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
    ("a host that begins like ours", "GET /TOKEN/ HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 403),
    ("a host with a path", "GET /TOKEN/ HTTP/1.1\r\nHost: localhost:80/evil\r\n\r\n", 403),
    ("two hosts", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n", 403),
    (
      "a foreign origin",
      "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nOrigin: http://evil.example\r\nContent-Length: 0\r\n\r\n",
      403
    ),
    ("no origin of its own", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nOrigin: null\r\n\r\n", 403),
    ("from another page", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403),
    ("from another port", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-site\r\n\r\n", 403),
    ("up", "GET /TOKEN/../../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("up before the token", "GET /../TOKEN/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 403),
    ("up, encoded", "GET /TOKEN/%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("a whole address", "GET http://evil.example/TOKEN/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("another method", "DELETE /TOKEN/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("a proxy's method", "CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("no HTTP", "hello\r\n\r\n", 400),
    ("nothing", "\r\n\r\n", 400),
    ("another version", "GET /TOKEN/ HTTP/3\r\nHost: HOST\r\n\r\n", 400),
    ("TLS", "\u{16}\u{3}\u{1}\r\n\r\n", 400),
    ("bytes that are no text", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nX: \u{0}\r\n\r\n", 400),
    ("a field without a name", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\n: x\r\n\r\n", 400),
    ("a field without a colon", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nabc\r\n\r\n", 400),
    ("a folded field", "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\n evil\r\n\r\n", 400),
    ("a length that is none", "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n", 400),
    (
      "two lengths",
      "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400
    ),
    ("chunks", "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a large length", "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 65537\r\n\r\n", 413),
    (
      "a huge length",
      "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999999999999\r\n\r\n", 413
    ),
    (
      "a long path", "GET /TOKEN/LONG HTTP/1.1\r\nHost: HOST\r\n\r\n", 413
    ),
    (
      "a long field",
      "GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\nX: LONGLONGLONGLONGLONG\r\n\r\n", 413
    ),
  ]

  @Test("answers its own page, and refuses what is hostile", arguments: hostile)
  func refusals(name: String, request: String, code: Int?) throws {
    try Self.withServer { port in
      let client = HTTPClient(port)
      client.send(Self.filled(request, port))
      #expect(client.answer()?.code == code, "\(name)")
      // It is alive.
      #expect(HTTPClient.get(port, "/\(Self.gate.token)/")?.code == 200)
    }
  }

  @Test("what is sent in parts is one request, and several are answered in turn") func parts() throws {
    try Self.withServer { port in
      let client = HTTPClient(port)
      let request = Self.filled(
        "POST /TOKEN/echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhello", port)
      for byte in request.utf8 { client.send([byte]) }
      #expect(client.answer()?.body == Array("hello".utf8))
      client.send(request)
      #expect(client.answer()?.body == Array("hello".utf8))
    }
  }

  @Test("says to the browser that nothing comes from elsewhere, and no other page may show it") func head()
    throws
  {
    try Self.withServer { port in
      let head = try #require(HTTPClient.get(port, "/\(Self.gate.token)/")).head
      for line in [
        "Content-Security-Policy: default-src 'self'", "frame-ancestors 'none'", "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
      ] { #expect(head.contains(line)) }
      #expect(!head.contains("Access-Control"))
    }
  }

  @Test("200 connections at once are answered or refused, and it lives") func many() throws {
    try Self.withServer { port in
      let clients = (0..<200).map { _ in HTTPClient(port) }
      for client in clients { client.send(Self.filled("GET /TOKEN/ HTTP/1.1\r\nHost: HOST\r\n\r\n", port)) }
      let codes = clients.map { $0.answer()?.code ?? 0 }
      #expect(codes.allSatisfy { $0 == 200 || $0 == 503 }, "\(Set(codes))")
      #expect(codes.count { $0 == 200 } >= Server.mostConnections)
    }
    try Self.withServer { port in
      // Those that are held open, silent, are no more than the limit; when they go, others are answered.
      do {
        let silent = (0..<Server.mostConnections).map { _ in HTTPClient(port) }
        usleep(200_000)
        #expect(HTTPClient.get(port, "/\(Self.gate.token)/")?.code == 503)
        withExtendedLifetime(silent) {}
      }
      usleep(200_000)
      #expect(HTTPClient.get(port, "/\(Self.gate.token)/")?.code == 200)
    }
  }

  @Test("a port that is taken is named") func taken() throws {
    try Self.withServer { port in
      #expect { try Server(port: port) { _, _ in .unchanged } } throws: { "\($0)".contains("port \(port)") }
    }
  }

  @Test("tokens are 128 random bits") func tokens() {
    let tokens = (0..<50).map { _ in Gate.random().token }
    #expect(Set(tokens).count == 50)
    #expect(tokens.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) })
  }
}
