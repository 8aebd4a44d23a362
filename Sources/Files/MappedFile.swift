import Platform
import SystemPackage

/// A whole file, mapped read-only into memory. Pages are read when they are touched.
///
/// The mapping lives as long as the object, and the object no longer than to its last use: a function that
/// passes on `bytes` must hold the object with `withExtendedLifetime`, or use `withBytes`.
/// A file that another program writes to meanwhile is noticed by `checkUnchanged`. If it cuts the file, the system ends
/// the process when a page is touched that is gone (SIGBUS, which the programs answer with one line).
public final class MappedFile: @unchecked Sendable {
  public let path: String
  /// The contents of the file.
  public let bytes: UnsafeRawBufferPointer

  /// What the file was when it was opened; nil for memory.
  private let state: FileState?
  /// Whether the system keeps the contents, so that pages can be given up.
  private let isMapped: Bool

  public var count: Int { bytes.count }

  /// Maps the file at `path`.
  ///
  /// - Throws: `Failure` when it cannot be opened, is a folder, or cannot be mapped.
  public init(_ path: String) throws {
    self.path = path
    let (descriptor, size) = try openRegularFile(path)
    defer { try? descriptor.close() }
    state = FileState(descriptor)
    guard size > 0 else {
      isMapped = false
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    if let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor.rawValue, 0), start != MAP_FAILED {
      bytes = UnsafeRawBufferPointer(start: start, count: size)
      isMapped = true
    } else {
      guard Self.isUnmappable(errno) else { throw Failure.system(.inputOutput, path, "cannot map") }
      bytes = UnsafeRawBufferPointer(try Self.read(descriptor, size, path))
      isMapped = false
    }
  }

  /// Memory that stands for a file called `path`: `count` bytes, 0 until `fill` writes them, once.
  ///
  /// It is mapped as a file is: its pages count as this process's own only once they are touched after this. More than a
  /// quarter of the machine's memory is kept in a file without a name, which the system reads and writes as it has room.
  ///
  /// - Parameter onDisk: whether it is kept in such a file; nil: if it is so large.
  /// - Throws: `Failure` if there is not so much memory or room, and what `fill` throws.
  public init(
    inMemory path: String, count: Int, onDisk: Bool? = nil,
    fill: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    self.path = path
    (state, isMapped) = (nil, count > 0)
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start =
      try onDisk ?? (count > Self.mostInMemory) ? Self.scratch(count, path) : Self.memory(count, path)
    do { try fill(UnsafeMutableRawBufferPointer(start: start, count: count)) } catch {
      munmap(start, count)
      throw error
    }
    mprotect(start, count, PROT_READ)
    // Shared memory keeps its contents; only the process's hold on the pages goes.
    madvise(start, count, Int32(MADV_DONTNEED))
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// A quarter of the machine's memory.
  private static let mostInMemory = sysconf(Int32(_SC_PHYS_PAGES)) * Int(getpagesize()) / 4

  private static func memory(_ count: Int, _ path: String) throws -> UnsafeMutableRawPointer {
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED | Int32(MAP_ANONYMOUS), -1, 0)
    guard let start, start != MAP_FAILED else {
      throw Failure.system(.unavailable, path, "cannot take memory")
    }
    return start
  }

  /// A file without a name, as large as it will be: a full disk is noticed now.
  private static func scratch(_ count: Int, _ path: String) throws -> UnsafeMutableRawPointer {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    var name = Array("\(folder)/cryosam-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else {
      throw Failure.system(
        .cannotCreate, folder, "cannot make a file here", remedy: "name another folder in TMPDIR")
    }
    defer { close(descriptor) }
    unlink(name)
    #if canImport(Glibc)
      let code = posix_fallocate(descriptor, 0, count)
    #else
      let code = ftruncate(descriptor, off_t(count)) == 0 ? 0 : errno
    #endif
    guard code == 0 else {
      throw Failure(
        .unavailable, path: path,
        "needs \(byteSize(count)) in \(folder) for its voxels: \(String(cString: strerror(code)))",
        remedy: "make room there, or name another folder in TMPDIR")
    }
    let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      throw Failure.system(.unavailable, path, "cannot take memory")
    }
    return start
  }

  /// Whether the error `code` of `mmap` says that files cannot be mapped there (some network file systems).
  package static func isUnmappable(_ code: Int32) -> Bool {
    [ENODEV, EINVAL, ENOSYS, EACCES, EPERM].contains(code)
  }

  /// The contents of a file that cannot be mapped, in memory of their own.
  package static func read(
    _ descriptor: FileDescriptor, _ size: Int, _ path: String
  ) throws -> UnsafeMutableRawBufferPointer {
    let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
    guard let start, start != MAP_FAILED else {
      throw Failure.system(.unavailable, path, "cannot take memory")
    }
    let memory = UnsafeMutableRawBufferPointer(start: start, count: size)
    var filled = 0
    do {
      while filled < size {
        let count = try systemCall(.inputOutput, path, "cannot read") {
          try descriptor.read(
            fromAbsoluteOffset: Int64(filled),
            into: UnsafeMutableRawBufferPointer(rebasing: memory[filled...]))
        }
        guard count > 0 else { throw Failure(.inputOutput, path: path, "was cut while it was read") }
        filled += count
      }
    } catch {
      munmap(start, size)
      throw error
    }
    return memory
  }

  /// Checks that nobody has written to the file since it was opened. One that has taken its name is no matter.
  ///
  /// - Throws: `Failure` if its contents may be others than they were.
  public func checkUnchanged() throws {
    guard let state, let now = FileState(path), now.isSameFile(as: state), now != state else { return }
    throw Failure(
      .tryAgain, path: path, "was changed by another program while it was read",
      remedy: "wait until that is done, and run the same command again")
  }

  /// Lets go of the whole pages of `part` in memory: they are read anew if they are touched again.
  public func release(_ part: UnsafeRawBufferPointer) {
    guard isMapped, let start = part.baseAddress else { return }
    let page = Int(getpagesize())
    let (first, end) = (Int(bitPattern: start), Int(bitPattern: start) + part.count)
    let whole = (first + page - 1) / page * page..<max((first + page - 1) / page * page, end / page * page)
    guard !whole.isEmpty, let pages = UnsafeMutableRawPointer(bitPattern: whole.lowerBound) else { return }
    madvise(pages, whole.count, Int32(MADV_DONTNEED))
  }

  /// Calls `body` with the contents, which must not escape it.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}

extension Failure {
  /// A failure that carries the text of the C library's `errno`.
  public static func system(_ kind: Kind, _ path: String, _ what: String, remedy: String? = nil) -> Failure {
    let code = errno
    return Failure(kind, path: path, "\(what): \(String(cString: strerror(code)))", remedy: remedy)
  }
}
