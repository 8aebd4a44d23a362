import Platform
import Synchronization
import SystemPackage

/// A file that appears under its final name only when it is complete.
///
/// Bytes go to a hidden neighbour `.NAME.PID-N.partial`, N counting the process's files; `commit` flushes it to the disk and renames it.
/// Without `commit` the partial file is removed when the object goes.
public final class AtomicFile {
  public let path: String
  private let partial: String
  /// Nil once the file is complete.
  private var descriptor: FileDescriptor?
  private var pending: [UInt8] = []
  public private(set) var bytesWritten = 0
  private static let started = Atomic(0)

  /// Starts a file that will be called `path`.
  ///
  /// - Throws: `Failure` when the folder is missing or not writable.
  public init(_ path: String) throws {
    self.path = path
    // Two threads may write the same file at once: the one that is done last wins.
    let number = Self.started.add(1, ordering: .relaxed).newValue
    let partial = Path.beside(path, ".\(Path.name(path)).\(getpid())-\(number).partial")
    self.partial = partial
    descriptor = try systemCall(.cannotCreate, path, "cannot create") {
      try FileDescriptor.open(
        FilePath(partial), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
  }

  /// Whether `name` is that of a partial file: of the file called `file`, or of any if that is nil.
  ///
  /// Those whose process is gone may be removed.
  public static func isPartial(_ name: String, of file: String? = nil) -> Bool {
    name.hasPrefix(file.map { ".\($0)." } ?? ".") && name.hasSuffix(".partial")
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    if pending.count + bytes.count < 1 << 16 {
      pending.append(contentsOf: bytes)
    } else {
      try flush()
      try writeNow(bytes)
    }
    bytesWritten += bytes.count
  }

  public func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  public func write(_ text: String) throws {
    try write(Array(text.utf8))
  }

  /// Writes `bytes` over what was written at `offset` before: for headers that are known only at the end.
  public func overwrite(_ bytes: [UInt8], at offset: Int) throws {
    precondition(offset >= 0 && offset + bytes.count <= bytesWritten)
    try flush()
    try systemCall(.inputOutput, path, "cannot write") {
      _ = try descriptor?.writeAll(toAbsoluteOffset: Int64(offset), bytes)
    }
  }

  /// Completes the file: flushed to the disk, then renamed to `path`.
  public func commit() throws {
    try flush()
    guard let descriptor else { return }
    guard fsync(descriptor.rawValue) == 0 else { throw Failure.system(.inputOutput, path, "cannot flush") }
    try? descriptor.close()
    self.descriptor = nil
    guard rename(partial, path) == 0 else {
      let failure = Failure.system(.cannotCreate, path, "cannot rename into place")
      unlink(partial)
      throw failure
    }
  }

  /// Writes a whole small file at once.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  deinit {
    guard let descriptor else { return }
    try? descriptor.close()
    unlink(partial)
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try writeNow($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func writeNow(_ bytes: UnsafeRawBufferPointer) throws {
    try systemCall(.inputOutput, path, "cannot write") { _ = try descriptor?.writeAll(bytes) }
  }
}
