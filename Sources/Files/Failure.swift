/// Why something the user asked for could not be done, in one line: what is wrong, in which file, what to do.
///
/// The kinds carry the exit codes of `sysexits.h`.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Int32, Sendable {
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case internalError = 70
    case cannotCreate = 73
    case inputOutput = 74
    case tryAgain = 75
  }

  public let kind: Kind
  /// The file that the failure is about.
  public let path: String?
  /// What is wrong.
  public let reason: String
  /// What the user can do about it.
  public let remedy: String?

  public init(_ kind: Kind, path: String? = nil, _ reason: String, remedy: String? = nil) {
    self.kind = kind
    self.path = path
    self.reason = reason
    self.remedy = remedy
  }

  /// The same failure, about `path` if it did not name a file yet.
  public func inFile(_ path: String) -> Failure {
    self.path == nil ? Failure(kind, path: path, reason, remedy: remedy) : self
  }

  public var description: String {
    let place = path.map { "\($0): " } ?? ""
    let advice = remedy.map { "; \($0)" } ?? ""
    return (place + reason + advice).printableLine
  }
}

/// Does `body`; a failure that names no file yet is thrown on as one about `path`.
public func inFile<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let failure as Failure { throw failure.inFile(path) }
}
