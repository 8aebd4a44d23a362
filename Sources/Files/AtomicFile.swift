import FoundationEssentials
import Platform
import Synchronization
import SystemPackage

/// A file that appears under its final name only when it is complete.
///
/// Bytes go to a hidden neighbour `.NAME.DIGITS.partial`, of 16 random hexadecimal digits that no other process, container
/// or host has; it is locked while it is written. `commit` flushes it to the disk and renames it. Without `commit` the
/// partial file is removed when the object goes; those of killed processes go when another file is begun in their folder.
public final class AtomicFile {
  public let path: String
  private let partial: String
  /// Nil once the file is complete.
  private var descriptor: FileDescriptor?
  private var pending: [UInt8] = []
  public private(set) var bytesWritten = 0
  /// The folders that this process has swept.
  private static let swept = Mutex<Set<String>>([])
  /// The partial files that this process writes.
  private static let begun = Mutex<Set<String>>([])

  /// Starts a file that will be called `path`.
  ///
  /// - Throws: `Failure` when the folder is missing or not writable.
  public init(_ path: String) throws {
    self.path = path
    let folder = Path.folder(path)
    if Self.swept.withLock({ $0.insert(folder).inserted }) { Self.sweep(folder) }
    (partial, descriptor) = try Self.begin(path)
  }

  /// A new file with a name of its own, locked where there are locks.
  private static func begin(_ path: String) throws -> (partial: String, descriptor: FileDescriptor) {
    while true {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      let name = ".\(Path.name(path)).\(String(repeating: "0", count: 16 - digits.count))\(digits).partial"
      let partial = Path.beside(path, name)
      let descriptor = try systemCall(.cannotCreate, path, "cannot create") {
        try FileDescriptor.open(
          FilePath(partial), .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
          permissions: [.ownerReadWrite, .groupRead, .otherRead])
      }
      // One that sweeps the folder may have come between.
      if FileLock.take(descriptor.rawValue) != .another, FileLock.isNamed(descriptor.rawValue, partial) {
        _ = Self.begun.withLock { $0.insert(partial) }
        return (partial, descriptor)
      }
      try? descriptor.close()
    }
  }

  /// Removes the partial files in `folder` that no process writes any more.
  public static func sweep(_ folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where hasRandomDigits(name) {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      guard descriptor >= 0 else { continue }
      if FileLock.take(descriptor) == .taken, FileLock.isNamed(descriptor, path) { unlink(path) }
      close(descriptor)
    }
  }

  /// Whether `name` is one that this program alone gives: `.NAME.` and 16 hexadecimal digits and `.partial`.
  static func hasRandomDigits(_ name: String) -> Bool {
    guard isPartial(name) else { return false }
    let digits = name.split(separator: ".", omittingEmptySubsequences: false).dropLast().last ?? ""
    return digits.utf8.count == 16 && digits.allSatisfy(\.isHexDigit)
  }

  /// Whether `name` is that of a partial file: of the file called `file`, or of any if that is nil.
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
    guard flushToDisk(descriptor.rawValue) else { throw Failure.system(.inputOutput, path, "cannot flush") }
    guard rename(partial, path) == 0 else {
      throw Failure.system(.cannotCreate, path, "cannot rename into place")
    }
    _ = Self.begun.withLock { $0.remove(partial) }
    // Closed, and with that unlocked, only now: nobody takes it for one that was left behind.
    try? descriptor.close()
    self.descriptor = nil
  }

  /// Writes a whole small file at once.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  deinit {
    guard let descriptor else { return }
    unlink(partial)
    _ = Self.begun.withLock { $0.remove(partial) }
    try? descriptor.close()
  }

  /// Removes the partial files and folders of this process, which ends now.
  public static func removePartialFiles() {
    begun.withLock { paths in
      for path in paths { unlink(path) }
    }
    AtomicFolder.removePartialFolders()
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try writeNow($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func writeNow(_ bytes: UnsafeRawBufferPointer) throws {
    try systemCall(.inputOutput, path, "cannot write") { _ = try descriptor?.writeAll(bytes) }
  }
}
