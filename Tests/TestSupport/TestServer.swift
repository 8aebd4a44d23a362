import Foundation
import Synchronization

/// An HTTP server on this machine, for one client at a time: answers each request as a test says, and remembers it.
public final class TestServer: Sendable {
  public struct Request: Sendable {
    /// What stands behind GET: a path, or a whole address if the client takes the server for a proxy.
    public let target: String
    /// By lower-case name.
    public let fields: [String: String]

    public init(target: String, fields: [String: String]) {
      (self.target, self.fields) = (target, fields)
    }
  }

  public struct Reply: Sendable {
    public var status = "200 OK"
    public var fields: [String: String] = [:]
    public var body: [UInt8] = []
    /// Whether Content-Length is sent.
    public var announcesLength = true
    /// Bytes of the body after which the connection is closed; nil: all.
    public var breaksOffAfter: Int?
    /// Whether the connection is held open, silent, instead of closed, until the client goes.
    public var thenStalls = false

    public init(_ status: String = "200 OK", fields: [String: String] = [:], body: [UInt8] = []) {
      self.status = status
      self.fields = fields
      self.body = body
    }
  }

  public let port: UInt16
  private let listener: Int32
  private let answer: @Sendable (Request, Int) -> Reply
  private let seen = Mutex<[Request]>([])

  /// The requests so far.
  public var requests: [Request] { seen.withLock { $0 } }

  public func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

  /// Starts a server.
  ///
  /// - Parameter answer: gives the reply to a request, which is told its number, counted from 0.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard descriptor >= 0, bound else { throw POSIXError(.EADDRNOTAVAIL) }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self] in
      while true {
        let client = accept(descriptor, nil, nil)
        guard client >= 0, let self else { break }
        self.serve(client)
        close(client)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// What a good server replies that has `file`, in the version `tag`: all of it, the rest of it, or that there is no
  /// such rest.
  public static func reply(to request: Request, file: [UInt8], tag: String) -> Reply {
    let fields = ["ETag": "\"\(tag)\"", "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"]
    let start = request.fields["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
    guard let start, request.fields["if-range"].map({ $0 == "\"\(tag)\"" }) ?? true else {
      return Reply(fields: fields, body: file)
    }
    guard start < file.count else {
      return Reply(
        "416 Range Not Satisfiable",
        fields: fields.merging(["Content-Range": "bytes */\(file.count)"]) { $1 }, body: Array("no".utf8))
    }
    return Reply(
      "206 Partial Content",
      fields: fields.merging(["Content-Range": "bytes \(start)-\(file.count - 1)/\(file.count)"]) { $1 },
      body: Array(file[start...]))
  }

  private func serve(_ client: Int32) {
    var head: [UInt8] = []
    while !head.ends(with: "\r\n\r\n".utf8), head.count < 65_536 {
      var byte: UInt8 = 0
      guard recv(client, &byte, 1, 0) == 1 else { return }
      head.append(byte)
    }
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    let request = Request(target: words.count > 1 ? String(words[1]) : "", fields: fields)
    let number = seen.withLock { seen in
      seen.append(request)
      return seen.count - 1
    }
    send(answer(request, number), to: client)
  }

  private func send(_ reply: Reply, to client: Int32) {
    var head = "HTTP/1.1 \(reply.status)\r\nConnection: close\r\n"
    if reply.announcesLength { head += "Content-Length: \(reply.body.count)\r\n" }
    for (name, value) in reply.fields { head += "\(name): \(value)\r\n" }
    let bytes = Array((head + "\r\n").utf8) + reply.body.prefix(reply.breaksOffAfter ?? reply.body.count)
    var done = 0
    while done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Foundation.send(
          client, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return }
      done += sent
    }
    var byte: UInt8 = 0
    if reply.thenStalls { while recv(client, &byte, 1, 0) > 0 {} }
  }
}

extension [UInt8] {
  fileprivate func ends(with end: String.UTF8View) -> Bool {
    count >= end.count && suffix(end.count).elementsEqual(end)
  }
}
