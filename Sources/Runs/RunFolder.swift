import Files
import FoundationEssentials
import Platform
import Volumes

/// The folder that a run writes its results to.
///
/// While the run is unfinished a hidden marker lies in it, locked by the process; `run.json` comes last, then the
/// marker goes. So what is there with a record, or without a marker, is somebody's result, and what is there with a
/// marker alone may be written anew. Results that are replaced stay until the new ones are complete: those are written
/// to a hidden folder `.new` and renamed by `finish`.
public final class RunFolder {
  public let path: String
  /// Where results are until the run is finished: `path`, or the hidden folder if there are older ones in it.
  public let place: String
  /// What the user should know of the folder.
  public let notes: [String]
  private let marker: String
  private let wasThere: Bool
  private let lock: Int32
  /// Every name that this run may write; the first is that of the record.
  private let names: [String]
  /// Results that were there, which go when this run is finished.
  private let older: [String]
  private var isFinished = false

  /// Takes the folder `path` for a run, making it if need be.
  ///
  /// - Parameter names: every name that the run may write, first the one of its record.
  /// - Parameter inputs: files that the run reads, none of which it may write over.
  /// - Throws: `Failure` if it holds results and `force` is false, or an input with the name of a result, if another run
  ///   is writing there, or if it cannot be made.
  public init(_ path: String, force: Bool, names: [String], inputs: [String] = []) throws {
    precondition(!names.isEmpty)
    self.path = path
    self.names = names
    marker = "\(path)/.unfinished"
    wasThere = access(path, F_OK) == 0
    try Folder.make(path)
    let marked = try Self.mark(path, marker)
    lock = marked.lock
    notes = marked.notes
    do {
      older = try Self.replaced(
        in: path, unfinished: marked.wasThere, force: force, names: names, inputs: inputs)
    } catch {
      if !marked.wasThere { unlink(marker) }
      close(lock)
      throw error
    }
    place = older.isEmpty ? path : "\(path)/.new"
    try clear()
  }

  /// The results in `path` that stay until the new ones are complete.
  private static func replaced(
    in path: String, unfinished: Bool, force: Bool, names: [String], inputs: [String]
  ) throws -> [String] {
    let results = names.filter { isThere("\(path)/\($0)") }
    let isComplete = !unfinished || results.contains(names[0])
    if let result = results.first, isComplete, !force {
      throw Failure(
        .cannotCreate, path: "\(path)/\(result)", "is there already",
        remedy: "give another folder with -o, or --force to replace the results in this one")
    }
    for result in results.map({ "\(path)/\($0)" }) {
      guard isFile(result) || OMEZarr.isOurs(result) else {
        throw Failure(
          .cannotCreate, path: result, "is not a file or a store of a run's, and not replaced",
          remedy: "give another folder with -o")
      }
      guard !inputs.contains(where: { isSameFile($0, result) }) else {
        throw Failure(
          .cannotCreate, path: result, "is read by this run, which would write over it",
          remedy: "give another folder with -o")
      }
    }
    return isComplete ? results : []
  }

  /// Removes what killed runs left, and makes the hidden folder if there are older results.
  private func clear() throws {
    Self.empty("\(path)/.new", names)
    guard place != path else { return Self.removeFiles(of: names, in: path) }
    guard mkdir(place, 0o777) == 0 else {
      throw Failure.system(.cannotCreate, place, "cannot make this folder")
    }
  }

  /// Takes the folder of a complete run to write some of its files again.
  ///
  /// - Throws: `Failure` if it holds no record of a run, or another process is writing there.
  public init(updating path: String, names: [String]) throws {
    precondition(!names.isEmpty)
    (self.path, self.names, place, wasThere, older) = (path, names, path, true, [])
    marker = "\(path)/.unfinished"
    lock = open("\(path)/\(names[0])", O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { throw Failure.system(.noInput, "\(path)/\(names[0])", "cannot open") }
    switch FileLock.take(lock) {
    case .taken: notes = []
    case .unavailable(let reason): notes = [Self.withoutLocks(path, reason)]
    case .another:
      close(lock)
      throw Failure(
        .tryAgain, path: path, "another process is writing in this folder", remedy: "wait for it")
    }
  }

  /// Where the file `name` belongs while the run is unfinished.
  public func file(_ name: String) -> String {
    precondition(names.contains(name), "\(name) is not a name of a result")
    return "\(place)/\(name)"
  }

  /// Writes the record, `run.json`: the run is complete. Older results go now.
  public func finish(_ record: JSON) throws {
    if place != path {
      // Without a record, what lies in a marked folder is unfinished: so it is until all is renamed.
      let new = names.filter { isThere("\(place)/\($0)") }
      unlink("\(path)/\(names[0])")
      for name in new {
        // A folder is not replaced by renaming, as a file is.
        OMEZarr.removeOurs("\(path)/\(name)")
        guard rename("\(place)/\(name)", "\(path)/\(name)") == 0 else {
          throw Failure.system(.cannotCreate, "\(path)/\(name)", "cannot replace")
        }
      }
      // What lay there without a record is not known to be a run's: it stays unless it is replaced.
      if older.contains(names[0]) {
        for name in older where !new.contains(name) { remove("\(path)/\(name)") }
      }
      rmdir(place)
    }
    try AtomicFile.write(Array(record.prettyText.utf8), to: "\(path)/\(names[0])")
    unlink(marker)
    isFinished = true
  }

  /// Makes the marker, or takes one that was left, and locks it.
  private static func mark(
    _ path: String, _ marker: String
  ) throws -> (lock: Int32, wasThere: Bool, notes: [String]) {
    while true {
      let options = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
      var lock = open(marker, options | O_EXCL, 0o644)
      let wasThere = lock < 0 && errno == EEXIST
      if wasThere { lock = open(marker, options, 0o644) }
      guard lock >= 0 else { throw Failure.system(.cannotCreate, path, "cannot write in this folder") }
      let outcome = FileLock.take(lock)
      if outcome == .another {
        close(lock)
        throw Failure(
          .tryAgain, path: path, "another run is writing in this folder",
          remedy: "wait for it, or give another folder with -o")
      }
      // A run may have ended, and removed its marker, since it was opened.
      guard FileLock.isNamed(lock, marker) else {
        close(lock)
        continue
      }
      if case .unavailable(let reason) = outcome { return (lock, wasThere, [withoutLocks(path, reason)]) }
      return (lock, wasThere, [])
    }
  }

  private static func withoutLocks(_ path: String, _ reason: String) -> String {
    "\(path): its file system has no file locks (\(reason)): see to it that no other run writes in this folder"
  }

  /// Removes the files called `names`, and what killed runs left of them half-written.
  private static func removeFiles(of names: [String], in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where names.contains(where: { name == $0 || AtomicFile.isPartial(name, of: $0) }) {
      remove("\(folder)/\(name)")
    }
  }

  /// Removes the hidden folder of new results, unless it is a link.
  private static func empty(_ folder: String, _ names: [String]) {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return }
    removeFiles(of: names, in: folder)
    rmdir(folder)
  }

  /// A run that failed before it made anything leaves nothing behind, and one that was to replace results leaves them.
  deinit {
    defer { close(lock) }
    guard !isFinished else { return }
    if place != path {
      Self.empty(place, names)
      unlink(marker)
    } else if (try? FileManager.default.contentsOfDirectory(atPath: path)) == [".unfinished"] {
      unlink(marker)
      if !wasThere { rmdir(path) }
    }
  }
}

/// Removes a result: a file, a link, or a store.
private func remove(_ path: String) {
  if unlink(path) != 0 { OMEZarr.removeOurs(path) }
}

/// Whether `path` is the name of anything, if only of a link to nothing.
private func isThere(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}

/// Whether `path` is the name of a file or a link.
private func isFile(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0 && [S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT)
}

/// Whether two paths lead to one file.
private func isSameFile(_ one: String, _ other: String) -> Bool {
  var (first, second) = (stat(), stat())
  return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_ino == second.st_ino
    && first.st_dev == second.st_dev
}
