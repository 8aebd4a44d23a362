import Files
import Platform

/// A file fetched by HTTP: broken off at any time, it goes on where it stopped, and it has its final name only when it
/// is complete and of use.
///
/// A part is completed only with bytes of the same version of the file (RFC 9110, 13.1.5 and 14): the request for the
/// rest carries the ETag or date, and the answer must agree with it in place and length. Anything else starts anew.
public struct Download {
  /// What happens, for a display.
  public enum Event: Sendable {
    /// Bytes begin to come, of `total` (nil: the server does not say) of which `present` are here already.
    case started(total: Int?, present: Int)
    case received(Int)
    /// The connection broke; another attempt follows after a pause.
    case retrying(reason: String, seconds: Int)
  }

  /// The address, which may hold a password or a key.
  private let url: String
  /// The address as it may be shown.
  private let shown: String
  /// The final name.
  public let path: String
  /// Attempts that may bring nothing, one after another, before it is given up.
  public let retries: Int
  /// What the user can do if there is no network; for failures.
  public let byHand: String

  /// Times that a changing file is begun anew.
  private static let restartLimit = 3

  public init(_ url: String, to path: String, retries: Int, byHand: String) {
    self.url = url
    shown = Address.withoutSecrets(url)
    self.path = path
    self.retries = retries
    self.byHand = byHand
  }

  /// Fetches the file.
  ///
  /// - Parameters:
  ///   - keeping: whether the file gets its final name in the end, or is removed.
  ///   - progress: told what happens.
  ///   - use: called with the path of the complete file, before it has its final name. If it throws a failure of kind
  ///     `badData`, the file is worthless and removed; after other failures it stays for the next run.
  /// - Throws: `Failure`: `unavailable` without a network or file, `tryAgain` if the rest may come another time,
  ///   `badData` for a web page, and for what goes wrong with the disk.
  public func run(
    keeping: Bool, progress: @escaping (Event) -> Void, use: (String) throws -> Void
  ) throws {
    let part = try PartialFile(of: path)
    if !part.isComplete || !(part.origin?.isWhole(of: url) ?? false) { try complete(part, progress) }
    do { try use(part.path) } catch {
      if (error as? Failure)?.kind == .badData { part.remove() }
      throw error
    }
    if keeping { try part.finish(as: path) } else { part.remove() }
  }

  /// Repeats requests until all is here.
  private func complete(_ part: PartialFile, _ progress: @escaping (Event) -> Void) throws {
    var failures = 0
    var restarts = 0
    // Bytes count as progress only once: one that begins anew again and again brings nothing.
    var furthest = part.size
    var connected = false
    while true {
      let attempt = Attempt(url: url, part: part, progress: progress)
      let reason: String
      do {
        switch try attempt.run() {
        case .complete: return
        case .changed where restarts < Self.restartLimit:
          restarts += 1
          continue
        case .changed: throw Failure(.tryAgain, path: shown, "changes while it is being downloaded")
        case .broken(let why):
          reason = why
          connected = true
        case .unreachable(let why):
          guard connected else { throw unreachable(why) }
          reason = why
        }
      } catch {
        // Nothing came: no empty part is left behind.
        if part.size == 0 { part.remove() }
        throw error
      }
      failures = part.size > furthest ? 0 : failures + 1
      furthest = max(furthest, part.size)
      guard failures <= retries, retries > 0 else { throw brokenOff(part, reason) }
      let pause = min(1 << failures, 30)
      progress(.retrying(reason: reason, seconds: pause))
      sleep(UInt32(pause))
    }
  }

  private func unreachable(_ reason: String) -> Failure {
    Failure(.unavailable, path: shown, "cannot be reached: \(reason)", remedy: byHand)
  }

  private func brokenOff(_ part: PartialFile, _ reason: String) -> Failure {
    let size = part.size
    let extent = part.origin?.length.map { "\(size) of \($0)" } ?? "\(size)"
    if size == 0 { part.remove() }
    return Failure(
      .tryAgain, path: shown, "broke off after \(extent) bytes: \(reason)",
      remedy: "run the same command again to go on from there")
  }
}
