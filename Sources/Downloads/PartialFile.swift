import Files
import Platform
import SystemPackage

/// The part of a file that has come so far: `FILE.partial`, and `FILE.partial.json` that says of what it is a part.
///
/// The note is written before the first byte that it is about, so that a part is never taken for one of another
/// version; a part without a note is worth nothing.
final class PartialFile {
  /// What is being downloaded.
  struct Origin: Equatable {
    /// The address without its secrets.
    let url: String
    /// Tells one query of the address from another, and nothing of what it says; nil: it has none.
    let queryDigest: String?
    /// Tells one version of the file from another; nil: the server gives nothing, and no part can be completed.
    let validator: String?
    /// Bytes of the whole, if the server says so.
    let length: Int?

    /// Whether this is the whole of what `address` gives, for all that is known without asking.
    func isWhole(of address: String) -> Bool {
      isPart(of: address) && queryDigest == Self.queryDigest(of: address)
    }

    /// Whether the rest may be asked for at `address`. Its query may be another: keys expire, and the validator tells.
    func isPart(of address: String) -> Bool { url == Address.withoutSecrets(address) }

    init(of address: String, validator: String?, length: Int?) {
      self.init(
        url: Address.withoutSecrets(address), queryDigest: Self.queryDigest(of: address),
        validator: validator,
        length: length)
    }

    init(url: String, queryDigest: String?, validator: String?, length: Int?) {
      (self.url, self.queryDigest, self.validator, self.length) = (url, queryDigest, validator, length)
    }

    private static func queryDigest(of address: String) -> String? {
      address.firstIndex(of: "?").map { start in
        let digest = Array(address[start...].utf8).withUnsafeBytes { SHA256.hexDigest(of: $0) }
        return String(digest.prefix(8))
      }
    }
  }

  let path: String
  private let notePath: String
  private let descriptor: FileDescriptor
  private(set) var size: Int
  private(set) var origin: Origin?

  /// Opens the part of the file that will be called `finalPath`, or begins one.
  ///
  /// - Throws: `Failure` when it cannot be created, or another process is at it.
  init(of finalPath: String) throws {
    path = "\(finalPath).partial"
    notePath = "\(path).json"
    let path = self.path
    descriptor = try systemCall(
      .cannotCreate, path, "cannot create", remedy: "remove it if it is a link, and try again"
    ) {
      try FileDescriptor.open(
        FilePath(path), .readWrite, options: [.create, .noFollow, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    do {
      // The name must still be this file's: another process may have completed it since it was opened.
      guard FileLock.take(descriptor.rawValue) != .another, FileLock.isNamed(descriptor.rawValue, path) else {
        throw Failure(
          .tryAgain, path: finalPath, "is being downloaded by another process",
          remedy: "wait for it, or end it and try again")
      }
      var status = stat()
      guard fstat(descriptor.rawValue, &status) == 0 else {
        throw Failure.system(.inputOutput, path, "cannot look at")
      }
      // A second name would be a file of somebody else's.
      guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
        throw Failure(
          .cannotCreate, path: path, "is not a download of this program",
          remedy: "remove it, or name another folder with --directory")
      }
      size = Int(status.st_size)
    } catch {
      try? descriptor.close()
      throw error
    }
    if size > 0 { origin = Self.readNote(notePath) }
  }

  deinit { try? descriptor.close() }

  /// Whether the whole file is here.
  var isComplete: Bool { origin?.length == size && size > 0 }

  /// Throws away what is here, and begins a part of `origin`.
  func begin(_ origin: Origin) throws {
    self.origin = nil
    unlink(notePath)
    try systemCall(.inputOutput, path, "cannot empty") { try descriptor.resize(to: 0) }
    size = 0
    let note: JSON = [
      "url": .string(origin.url), "query_digest": origin.queryDigest.map { .string($0) } ?? .null,
      "validator": origin.validator.map { .string($0) } ?? .null,
      "length": origin.length.map { .integer($0) } ?? .null,
    ]
    try AtomicFile.write(Array(note.prettyText.utf8), to: notePath)
    self.origin = origin
  }

  /// Adds `bytes` at the end.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    let room = "make room; the same command then goes on from here"
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = try systemCall(.inputOutput, path, "cannot write", remedy: room) {
        try descriptor.write(toAbsoluteOffset: Int64(size), UnsafeRawBufferPointer(rebasing: rest))
      }
      rest = rest.dropFirst(written)
      size += written
    }
  }

  /// Gives the complete file its final name.
  func finish(as finalPath: String) throws {
    guard flushToDisk(descriptor.rawValue) else { throw Failure.system(.inputOutput, path, "cannot flush") }
    guard rename(path, finalPath) == 0 else {
      throw Failure.system(.cannotCreate, finalPath, "cannot rename into place")
    }
    unlink(notePath)
  }

  /// Removes the part and its note.
  func remove() {
    // The part first: as long as it is there, it is known of what.
    unlink(path)
    unlink(notePath)
  }

  /// The note, if it can be read; it was written by this program, so any fault of it means that it is no note.
  private static func readNote(_ path: String) -> Origin? {
    guard let json = try? JSON(contentsOf: path), let url = json["url"]?.string else { return nil }
    return Origin(
      url: url, queryDigest: json["query_digest"]?.string, validator: json["validator"]?.string,
      length: json["length"]?.int)
  }
}
