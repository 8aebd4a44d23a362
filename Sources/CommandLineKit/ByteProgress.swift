import Files
import Platform

/// Progress in megabytes of work that is counted in bytes.
public final class ByteProgress {
  private static let megabyte = 1 << 20
  private let title: String
  private let quiet: Bool
  private var progress: Progress?
  private var bytes = 0

  public init(_ title: String, quiet: Bool) {
    self.title = title
    self.quiet = quiet
  }

  /// Begins, or begins anew: `total` bytes, of which `present` are here from an earlier run.
  public func start(total: Int, present: Int = 0) {
    finish()
    bytes = present
    let progress = Progress(
      title, (total + Self.megabyte - 1) / Self.megabyte, unit: "MB", quiet: quiet)
    progress.skip(present / Self.megabyte)
    self.progress = progress
  }

  public func advance(_ count: Int) {
    let before = bytes / Self.megabyte
    bytes += count
    progress?.advance(by: bytes / Self.megabyte - before)
  }

  public func finish() {
    progress?.finish()
    progress = nil
  }

  /// Bytes of the file at `path`.
  public static func size(of path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw Failure.system(.noInput, path, "cannot open") }
    return Int(status.st_size)
  }
}
