import Platform

/// One connection to a server on this machine, which sends what a test says, right or wrong.
final class HTTPClient {
  private let descriptor: Int32

  init(_ port: UInt16, patience: Int = 10) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = descriptor
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Platform.send(
          descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      done += sent
    }
  }

  func send(_ text: String) { send(Array(text.utf8)) }

  /// The next answer: its number, and its body; nil if there is none.
  func answer() -> (code: Int, head: String, body: [UInt8])? {
    var bytes: [UInt8] = []
    var head: String?
    var length = 0
    while true {
      if head == nil,
        let end = (0..<max(0, bytes.count - 3)).first(where: {
          Array(bytes[$0..<$0 + 4]) == [13, 10, 13, 10]
        })
      {
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        head = text
        bytes.removeFirst(end + 4)
        let line = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        length = line.flatMap { Int($0.drop { $0 != ":" }.dropFirst().drop { $0 == " " }) } ?? 0
      }
      if let head, bytes.count >= length {
        return (Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0, head, Array(bytes[..<length]))
      }
      var part = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(descriptor, &part, part.count, 0)
      guard count > 0 else { return nil }
      bytes += part[..<count]
    }
  }

  /// One request, and its answer.
  static func get(_ port: UInt16, _ path: String, _ fields: String = "") -> (
    code: Int, head: String, body: [UInt8]
  )? {
    let client = HTTPClient(port)
    client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\(fields)\r\n")
    return client.answer()
  }

  static func post(_ port: UInt16, _ path: String, _ body: String, patience: Int = 10) -> (
    code: Int, head: String, body: [UInt8]
  )? {
    let client = HTTPClient(port, patience: patience)
    client.send(
      "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    return client.answer()
  }

  /// A request without a body whose answer is no matter.
  static func send(_ port: UInt16, _ method: String, _ path: String) {
    let client = HTTPClient(port)
    client.send("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
    _ = client.answer()
  }
}
