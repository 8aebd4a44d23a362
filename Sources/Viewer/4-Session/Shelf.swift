import Files
import Synchronization

/// Several tomograms, each in a viewer of its own that is opened when it is asked for: a list leads to them.
public final class Shelf: Sendable {
  /// A tomogram of the list.
  public struct Item: Sendable {
    public enum State: Sendable, Equatable {
      case done
      /// Why, in a line.
      case failed(String)
      case missing
    }
    let name: String
    let state: State
    let picks: Int?

    /// - Parameter name: letters, digits, hyphens, points and underscores.
    public init(_ name: String, _ state: State, picks: Int? = nil) {
      (self.name, self.state, self.picks) = (name, state, picks)
    }
  }

  /// Tomograms that are open at once; the one that was not used for longest is closed.
  public static let mostOpen = 3

  private let title: String
  private let items: @Sendable () throws -> [Item]
  private let open: @Sendable (String) throws -> ViewSession?
  /// The least recently used first.
  private let sessions = Mutex<[(name: String, session: ViewSession)]>([])

  /// - Parameter items: looks what there is; called from many threads.
  /// - Parameter open: nil if there is no such tomogram.
  public init(
    title: String, items: @escaping @Sendable () throws -> [Item],
    open: @escaping @Sendable (String) throws -> ViewSession?
  ) {
    (self.title, self.items, self.open) = (title, items, open)
  }

  /// Answers a request whose path behind the token is `path`: `NAME/` and what follows goes to that tomogram's viewer.
  public func answer(_ path: String, _ request: Request) -> Response {
    let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    do {
      guard parts.count == 2 else { return try list(path, request) }
      let (name, rest) = (String(parts[0]), String(parts[1]))
      return try session(name, isAnew: rest.isEmpty).answer(rest, request)
    } catch let refusal as Refusal {
      return .refused(refusal)
    } catch let failure as any FailureConvertible {
      return .failed(failure.failure)
    } catch {
      return .failed(error as? Failure ?? Failure(.internalError, "\(error)"))
    }
  }

  private func list(_ path: String, _ request: Request) throws -> Response {
    guard request.method == "GET" else { throw Refusal.unknown }
    if let file = WebFile.ofList(named: path) { return .file(file.bytes, file.type) }
    guard path == "list" else { throw Refusal.unknown }
    return .json(.members(["title": .string(title), "items": .array(try items().map(\.json))]))
  }

  private func isDone(_ name: String) throws -> Bool {
    try items().first { $0.name == name }?.state == .done
  }

  /// The viewer of the tomogram `name`.
  ///
  /// - Parameter isAnew: whether its page is opened: if results have come since, it is opened with them.
  private func session(_ name: String, isAnew: Bool) throws -> ViewSession {
    try sessions.withLock { sessions in
      if let place = sessions.firstIndex(where: { $0.name == name }) {
        let found = sessions.remove(at: place)
        guard isAnew, try isDone(name) != (found.session.folder != nil) else {
          sessions.append(found)
          return found.session
        }
      }
      while sessions.count >= Self.mostOpen { sessions.removeFirst() }
      guard let session = try open(name) else { throw Refusal.unknown }
      sessions.append((name, session))
      return session
    }
  }
}

extension Shelf.Item {
  fileprivate var json: JSON {
    let (word, reason): (String, JSON) =
      switch state {
      case .done: ("done", .null)
      case .failed(let reason): ("failed", .string(reason))
      case .missing: ("missing", .null)
      }
    return .members([
      "name": .string(name), "state": .string(word), "reason": reason,
      "picks": picks.map { .integer($0) } ?? .null,
    ])
  }
}
