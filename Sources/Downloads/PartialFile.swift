import Files
import Platform

/// The part of a file that has come so far: `FILE.partial`, and `FILE.partial.json` that says of what it is a part.
///
/// The note is written before the first byte that it is about, so that a part is never taken for one of another
/// version; a part without a note is worth nothing.
final class PartialFile {
  /// What is being downloaded.
  struct Origin: Equatable {
    let url: String
    /// Tells one version of the file from another; nil: the server gives nothing, and no part can be completed.
    let validator: String?
    /// Bytes of the whole, if the server says so.
    let length: Int?
  }

  let path: String
  private let notePath: String
  private let descriptor: Int32
  private(set) var size: Int
  private(set) var origin: Origin?

  /// Opens the part of the file that will be called `finalPath`, or begins one.
  ///
  /// - Throws: `Failure` when it cannot be created, or another process is at it.
  init(of finalPath: String) throws {
    path = "\(finalPath).partial"
    notePath = "\(path).json"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.system(.cannotCreate, path, "cannot create") }
    var status = stat()
    var named = stat()
    // The name must still be this file's: another process may have completed it since it was opened.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, stat(path, &named) == 0,
      named.st_ino == status.st_ino
    else {
      close(descriptor)
      throw Failure(
        .tryAgain, path: finalPath, "is being downloaded by another process",
        remedy: "wait for it, or end it and try again")
    }
    size = Int(status.st_size)
    if size > 0 { origin = Self.readNote(notePath) }
  }

  deinit { close(descriptor) }

  /// Whether the whole file is here.
  var isComplete: Bool { origin?.length == size && size > 0 }

  /// Throws away what is here, and begins a part of `origin`.
  func begin(_ origin: Origin) throws {
    self.origin = nil
    unlink(notePath)
    guard ftruncate(descriptor, 0) == 0 else { throw Failure.system(.inputOutput, path, "cannot empty") }
    size = 0
    let note: JSON = [
      "url": .string(origin.url), "validator": origin.validator.map { .string($0) } ?? .null,
      "length": origin.length.map { .integer($0) } ?? .null,
    ]
    try AtomicFile.write(Array(note.prettyText.utf8), to: notePath)
    self.origin = origin
  }

  /// Adds `bytes` at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let written = pwrite(
        descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(size))
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        throw Failure.system(
          .inputOutput, path, "cannot write", remedy: "make room; the same command then goes on from here")
      }
      done += written
      size += written
    }
  }

  /// Gives the complete file its final name.
  func finish(as finalPath: String) throws {
    guard fsync(descriptor) == 0 else { throw Failure.system(.inputOutput, path, "cannot flush") }
    guard rename(path, finalPath) == 0 else {
      throw Failure.system(.cannotCreate, finalPath, "cannot rename into place")
    }
    unlink(notePath)
  }

  /// Removes the part and its note.
  func remove() {
    unlink(notePath)
    unlink(path)
  }

  /// The note, if it can be read; it was written by this program, so any fault of it means that it is no note.
  private static func readNote(_ path: String) -> Origin? {
    guard let json = try? JSON(contentsOf: path), let url = json["url"]?.string else { return nil }
    return Origin(url: url, validator: json["validator"]?.string, length: json["length"]?.int)
  }
}
