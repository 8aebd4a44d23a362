import Files
import Platform

/// How far a tomogram is.
public enum SubjectState: Sendable, Equatable {
  case done(seconds: Double)
  /// Why, in a line.
  case failed(String)
  case missing

  public var isDone: Bool { if case .done = self { true } else { false } }
}

/// What is stored of the work on a tomogram, `state/NAME.json`: how it ended, and what it depended on.
struct StoredState {
  /// The SHA-256 of all that the result depends on.
  let key: String
  let state: SubjectState

  init(key: String, state: SubjectState) { (self.key, self.state) = (key, state) }

  /// Nil if there is nothing that can be read.
  init?(_ path: String) {
    guard access(path, F_OK) == 0, let json = try? JSON(contentsOf: path), let key = json["key"]?.string
    else { return nil }
    self.key = key
    if let reason = json["failure"]?.string {
      state = .failed(reason)
    } else if let seconds = json["seconds"]?.double {
      state = .done(seconds: seconds)
    } else {
      return nil
    }
  }

  func write(to path: String) throws {
    var object = JSON.Object()
    object.append("key", .string(key))
    switch state {
    case .done(let seconds): object.append("seconds", .number((seconds * 1000).rounded() / 1000))
    case .failed(let reason): object.append("failure", .string(reason))
    case .missing: break
    }
    try AtomicFile.write(Array(JSON.object(object).prettyText.utf8), to: path)
  }
}
