import FoundationEssentials
import Platform
import Synchronization

/// A folder that appears under its final name only when it is complete.
///
/// Until `commit` it is called `.NAME.DIGITS.partial`, as the files of `AtomicFile` are, and locked; without `commit` it is
/// removed with all that is in it when the object goes. Those of killed processes go when another is begun beside them.
public final class AtomicFolder {
  public let path: String
  /// Where its files belong until it is complete.
  public let place: String
  private let lock: Int32
  private var isComplete = false
  /// The partial folders of this process.
  private static let begun = Mutex<Set<String>>([])

  /// Starts a folder that will be called `path`.
  ///
  /// - Throws: `Failure` when the folder around it is missing or not writable.
  public init(_ path: String) throws {
    self.path = path
    Self.sweep(Path.folder(path))
    place = Self.partial(path)
    guard mkdir(place, 0o777) == 0 else { throw Failure.system(.cannotCreate, path, "cannot create") }
    lock = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock >= 0 { _ = FileLock.take(lock) }
    _ = Self.begun.withLock { [place] in $0.insert(place) }
  }

  /// Gives the folder its name.
  ///
  /// - Parameter replacing: whether a folder of that name may go, with all that is in it.
  /// - Throws: `Failure` if something has that name that may not go.
  public func commit(replacing: Bool = false) throws {
    let older = Self.partial(path)
    let isThere = replacing && rename(path, older) == 0
    guard rename(place, path) == 0 else {
      let failure = Failure.system(.cannotCreate, path, "cannot rename into place")
      if isThere { rename(older, path) }
      throw failure
    }
    isComplete = true
    _ = Self.begun.withLock { $0.remove(place) }
    if isThere { try? FileManager.default.removeItem(atPath: older) }
  }

  /// A name of its own beside `path`.
  private static func partial(_ path: String) -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    let padded = String(repeating: "0", count: 16 - digits.count) + digits
    return Path.beside(path, ".\(Path.name(path)).\(padded).partial")
  }

  deinit {
    if !isComplete {
      try? FileManager.default.removeItem(atPath: place)
      _ = Self.begun.withLock { $0.remove(place) }
    }
    if lock >= 0 { close(lock) }
  }

  /// Removes the partial folders in `folder` that no process writes any more.
  static func sweep(_ folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where AtomicFile.hasRandomDigits(name) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if FileLock.take(descriptor) == .taken { try? FileManager.default.removeItem(atPath: path) }
      close(descriptor)
    }
  }

  /// Removes the partial folders of this process, which ends now.
  static func removePartialFolders() {
    begun.withLock { paths in
      for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }
  }
}
