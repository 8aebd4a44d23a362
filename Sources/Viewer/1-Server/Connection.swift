import Platform

/// One browser's connection.
final class Connection {
  private let descriptor: Int32
  private let patience: Int
  /// What came and has not been read.
  private var waiting: [UInt8] = []

  /// - Parameter patience: seconds that it may be silent.
  init(_ descriptor: Int32, patience: Int) {
    (self.descriptor, self.patience) = (descriptor, patience)
    var limit = timeval(tv_sec: .init(patience), tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }

  func close() { Platform.close(descriptor) }

  /// The next request; nil if the browser has gone, or says nothing.
  ///
  /// - Throws: `Refusal` if it is none, or too large.
  func request() throws(Refusal) -> Request? {
    let start = ContinuousClock.now
    func receive() -> Bool { (ContinuousClock.now - start) < .seconds(patience) && self.receive() }
    let end: [UInt8] = [13, 10, 13, 10]
    var searched = 0
    while true {
      if let length = waiting.position(of: end, from: searched) {
        guard length <= Request.longestHead else { throw .tooLarge }
        var request = try Request(head: Array(waiting[..<length]))
        let bodyLength = try request.bodyLength()
        let body = length + end.count
        while waiting.count < body + bodyLength { guard receive() else { return nil } }
        request.body = Array(waiting[body..<body + bodyLength])
        waiting.removeFirst(body + bodyLength)
        return request
      }
      guard waiting.count <= Request.longestHead else { throw .tooLarge }
      searched = max(0, waiting.count - end.count)
      guard receive() else { return nil }
    }
  }

  private func receive() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 1 << 13)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return false }
    waiting += bytes[..<count]
    return true
  }

  /// Says why nothing is answered, and takes off for a short while what still comes, so that the other side reads it.
  func refuse(_ refusal: Refusal) {
    send(.refused(refusal), staysOpen: false)
    shutdown(descriptor, Int32(SHUT_WR))
    var limit = timeval(tv_sec: 0, tv_usec: 200_000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    for _ in 0..<64 {
      waiting = []
      guard receive() else { return }
    }
  }

  /// - Returns: whether all of it was taken.
  @discardableResult
  func send(_ response: Response, staysOpen: Bool) -> Bool {
    let bytes = Array(response.head(staysOpen: staysOpen).utf8) + response.body
    return bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let sent = Platform.send(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, 0)
        guard sent > 0 || (sent < 0 && errno == EINTR) else { return false }
        done += max(0, sent)
      }
      return true
    }
  }
}

extension [UInt8] {
  /// Where `bytes` begin, looked for from `first` on.
  fileprivate func position(of bytes: [UInt8], from first: Int) -> Int? {
    guard count >= bytes.count + first else { return nil }
    return (first...count - bytes.count).first {
      self[$0] == bytes[0] && self[$0..<$0 + bytes.count] == bytes[...]
    }
  }
}
