import Files
import FoundationEssentials
import Platform

/// The folder that a run writes its results to.
///
/// While the run is unfinished a hidden marker lies in it, locked by the process; `run.json` comes last, then the
/// marker goes. So what is there without a marker is somebody's result, and what is there with one may be written
/// anew.
public final class RunFolder {
  public let path: String
  private let marker: String
  private let wasThere: Bool
  private var lock: Int32 = -1
  /// Every name that this run may write; the first is that of the record.
  private let names: [String]

  /// Takes the folder `path` for a run, making it if need be.
  ///
  /// - Parameter names: every name that the run may write, first the one of its record.
  /// - Throws: `Failure` if it holds results and `force` is false, if another run is writing there, or if it cannot
  ///   be made.
  public init(_ path: String, force: Bool, names: [String]) throws {
    precondition(!names.isEmpty)
    self.path = path
    self.names = names
    marker = "\(path)/.unfinished"
    wasThere = access(path, F_OK) == 0
    try Folder.make(path)
    let isUnfinished = access(marker, F_OK) == 0
    let results = names.filter { access("\(path)/\($0)", F_OK) == 0 }
    if let result = results.first, !isUnfinished, !force {
      throw Failure(
        .cannotCreate, path: "\(path)/\(result)", "is there already",
        remedy: "give another folder with -o, or --force to replace the results in this one")
    }
    lock = open(marker, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else { throw Failure.system(.cannotCreate, path, "cannot write in this folder") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw Failure(
        .tryAgain, path: path, "another run is writing in this folder",
        remedy: "wait for it, or give another folder with -o")
    }
    for name in results {
      guard unlink("\(path)/\(name)") == 0 else {
        throw Failure.system(.cannotCreate, "\(path)/\(name)", "cannot replace")
      }
    }
    removePartialFiles()
  }

  /// Takes the folder of a complete run to write some of its files again.
  ///
  /// - Throws: `Failure` if it holds no record of a run, or another process is writing there.
  public init(updating path: String, names: [String]) throws {
    precondition(!names.isEmpty)
    (self.path, self.names, wasThere) = (path, names, true)
    marker = "\(path)/.unfinished"
    lock = open("\(path)/\(names[0])", O_RDONLY | O_CLOEXEC)
    guard lock >= 0 else { throw Failure.system(.noInput, "\(path)/\(names[0])", "cannot open") }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw Failure(
        .tryAgain, path: path, "another process is writing in this folder", remedy: "wait for it")
    }
  }

  /// Where the file `name` belongs.
  public func file(_ name: String) -> String {
    precondition(names.contains(name), "\(name) is not a name of a result")
    return "\(path)/\(name)"
  }

  /// Writes the record, `run.json`: the run is complete.
  public func finish(_ record: JSON) throws {
    try AtomicFile.write(Array(record.prettyText.utf8), to: file(names[0]))
    unlink(marker)
  }

  /// Removes what killed runs left half-written.
  private func removePartialFiles() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    where names.contains(where: { AtomicFile.isPartial(name, of: $0) }) {
      unlink("\(path)/\(name)")
    }
  }

  /// A run that failed before it made anything leaves nothing behind.
  deinit {
    guard lock >= 0 else { return }
    if (try? FileManager.default.contentsOfDirectory(atPath: path)) == [".unfinished"] {
      unlink(marker)
      if !wasThere { rmdir(path) }
    }
    close(lock)
  }
}
