import Files

/// One request for the rest of a file, or for all of it.
final class Attempt {
  enum Outcome {
    case complete
    /// The server has another version than the part is of.
    case changed
    case broken(String)
    case unreachable(String)
  }

  private enum Answer {
    case none, body, whole, changed
    case busy(String)
  }

  private let url: String
  private let part: PartialFile
  private let progress: (Download.Event) -> Void
  /// Where the requested rest begins; 0: all is requested.
  private let start: Int
  private var answer = Answer.none
  /// The whole file's origin, until its first bytes were seen not to be a web page.
  private var awaited: PartialFile.Origin?

  init(url: String, part: PartialFile, progress: @escaping (Download.Event) -> Void) {
    self.url = url
    self.part = part
    self.progress = progress
    let fits =
      part.origin.map { $0.isPart(of: url) && $0.validator != nil && part.size < $0.length ?? .max } ?? false
    start = fits ? part.size : 0
  }

  func run() throws -> Outcome {
    let range = part.origin?.validator.flatMap { start > 0 ? (start, $0) : nil }
    let transfer = HTTPTransfer(url: url, range: range)
    let ending: HTTPTransfer.Ending
    do {
      ending = try transfer.perform(head: { try self.take($0) }, body: { try self.take($0) })
    } catch is Stop {
      ending = .complete
    }
    switch ending {
    case .broken(let reason): return .broken(reason)
    case .unreachable(let reason): return .unreachable(reason)
    case .complete: break
    }
    switch answer {
    case .changed:
      return .changed
    case .busy(let text): return .broken("the server answers \(text)")
    case .none: return .broken("the server answered nothing")
    case .whole: return .complete
    case .body:
      // A server that announced more and ended in good order, or an empty file.
      if let length = part.origin?.length, part.size != length {
        return .broken("\(part.size) bytes came")
      }
      guard part.size > 0, awaited == nil else { throw refusal("is empty") }
      return .complete
    }
  }

  /// Thrown to end a transfer whose body is not wanted.
  private struct Stop: Error {}

  private func take(_ head: HTTPResponse) throws {
    switch head.status {
    case 200:
      guard !head.isWebPage else { throw webPage }
      awaited = .init(of: url, validator: head.validator, length: head.contentLength)
      answer = .body
    case 206 where start > 0:
      let range = head.contentRange
      guard range?.start == start, head.validator == nil || head.validator == part.origin?.validator,
        part.origin?.length == nil || range?.total == part.origin?.length
      else { return try startAnew() }
      answer = .body
      progress(.started(total: part.origin?.length ?? range?.total, present: start))
    case 416 where start > 0:
      // Nothing follows what is here: then it is all, if it is as long as the server says.
      guard head.contentRange?.total == start else { return try startAnew() }
      answer = .whole
      throw Stop()
    case 408, 429, 500...599:
      answer = .busy(head.statusText)
      throw Stop()
    default:
      throw Failure(
        .unavailable, path: Address.withoutSecrets(url), "the server answers \(head.statusText)",
        remedy: "the file may have moved; give its new address with --url")
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) throws {
    guard !bytes.isEmpty else { return }
    if let origin = awaited {
      guard bytes[0] != UInt8(ascii: "<") else { throw webPage }
      try part.begin(origin)
      awaited = nil
      progress(.started(total: origin.length, present: 0))
    }
    // More than the whole has: not the rest of this file.
    guard bytes.count <= (part.origin?.length ?? .max) - part.size else { return try startAnew() }
    try part.append(bytes)
    progress(.received(bytes.count))
  }

  private func startAnew() throws {
    try part.begin(.init(of: url, validator: nil, length: nil))
    answer = .changed
    throw Stop()
  }

  private var webPage: Failure { refusal("gives a web page, not a checkpoint") }

  private func refusal(_ reason: String) -> Failure {
    Failure(
      .badData, path: Address.withoutSecrets(url), reason,
      remedy: "look at the address in a browser: it may have moved, or the network may ask for a login")
  }
}
