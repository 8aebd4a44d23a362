import Files
import FoundationEssentials
import Platform

/// Everything that people did, in the folder of the results: a line of JSON for each action, appended and flushed to the
/// disk before it counts. A line that was cut off when the program was killed is none: nobody was told that it counts.
///
/// It is locked for as long as it is open.
public final class Journal {
  public static let name = "view.jsonl"

  public let path: String
  private let descriptor: Int32
  public private(set) var entries: [Entry] = []
  /// Where the next line begins.
  private var end = 0
  private let user: String

  /// Bytes of a journal at most: a day's work has a thousandth of them.
  static let longest = 1 << 28

  /// Opens the journal in `folder`, or begins one.
  ///
  /// - Throws: `Failure` if another program has it open, or it is damaged.
  public init(in folder: String, user: String = Journal.userName) throws {
    path = "\(folder)/\(Self.name)"
    self.user = user
    let path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw Failure.system(.cannotCreate, path, "cannot open") }
    guard FileLock.take(descriptor) != .another else {
      throw Failure(
        .tryAgain, path: folder, "is open in another 'cryosam view'",
        remedy: "use that one's address, or end it")
    }
    let bytes = try contents()
    let complete = bytes.lastIndex(of: 10).map { $0 + 1 } ?? 0
    entries = try inFile(path) { try Self.entries(Array(bytes[..<complete])) }
    if complete < bytes.count, ftruncate(descriptor, off_t(complete)) != 0 {
      throw Failure.system(.inputOutput, path, "cannot take off a line that was cut off")
    }
    end = complete
  }

  deinit { close(descriptor) }

  /// The entries in `bytes`, lines of JSON that are complete.
  ///
  /// - Throws: `Failure` that names the line that is none.
  public static func entries(_ bytes: [UInt8]) throws -> [Entry] {
    try bytes.split(separator: 10).enumerated().map { number, line in
      guard let json = try? JSON(parsing: Array(line)), let entry = Entry(json) else {
        throw Failure(
          .badData, "line \(number + 1) is damaged", remedy: "take that line out; the others are used")
      }
      return entry
    }
  }

  private func contents() throws -> [UInt8] {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= Self.longest
    else { throw Failure(.badData, path: path, "is not a journal of 'cryosam view'") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes { bytes in
        retryingInterrupts {
          pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(done))
        }
      }
      guard count > 0 else { throw Failure.system(.inputOutput, path, "cannot read") }
      done += count
    }
    return bytes
  }

  /// Keeps `action`: when this returns, it is on the disk.
  ///
  /// - Throws: `Failure` if it cannot be kept; then nothing of it is.
  public func append(_ action: Action) throws {
    let entry = Entry(action, by: user, at: Date.now.formatted(.iso8601))
    let line = Array("\(entry.json.text)\n".utf8)
    let written = line.withUnsafeBytes { line in
      retryingInterrupts { pwrite(descriptor, line.baseAddress, line.count, off_t(end)) }
    }
    guard written == line.count, flushToDisk(descriptor) else {
      let failure = Failure.system(.inputOutput, path, "cannot keep what was done")
      ftruncate(descriptor, off_t(end))
      throw failure
    }
    end += line.count
    entries.append(entry)
  }

  /// Who works here, as the system has it.
  public static var userName: String {
    getpwuid(getuid()).flatMap { $0.pointee.pw_name.map { String(cString: $0) } } ?? "\(getuid())"
  }
}
