import Platform

/// A file that appears under its final name only when it is complete.
///
/// Bytes go to a hidden neighbour `.NAME.PID.partial`; `commit` flushes it to the disk and renames it.
/// Without `commit` the partial file is removed when the object goes.
public final class AtomicFile {
  public let path: String
  private let partial: String
  private var descriptor: Int32
  private var pending: [UInt8] = []
  public private(set) var bytesWritten = 0

  /// Starts a file that will be called `path`.
  ///
  /// - Throws: `Failure` when the folder is missing or not writable.
  public init(_ path: String) throws {
    self.path = path
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    partial = "\(folder).\(name).\(getpid()).partial"
    descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Failure.system(.cannotCreate, path, "cannot create") }
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
    guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
      throw Failure.system(.inputOutput, path, "cannot write")
    }
  }

  /// Completes the file: flushed to the disk, then renamed to `path`.
  public func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 else { throw Failure.system(.inputOutput, path, "cannot flush") }
    close(descriptor)
    descriptor = -1
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
    if descriptor >= 0 {
      close(descriptor)
      unlink(partial)
    }
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try writeNow($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func writeNow(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let written = Platform.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Failure.system(.inputOutput, path, "cannot write") }
      done += written
    }
  }
}
