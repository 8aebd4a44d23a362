import FoundationEssentials
import Platform
import Synchronization

/// Collects the measured errors in the file that the environment variable `CRYOSAM_GOLDEN_TABLE` names, a line each:
/// `make golden-table` turns them into the table in `docs/`.
public enum GoldenTable {
  private static let path = ProcessInfo.processInfo.environment["CRYOSAM_GOLDEN_TABLE"]
  private static let lines = Mutex<[String]>([])

  static func note(_ name: String, _ difference: Difference) {
    note(name, "\(difference.relativeL2)\t\(difference.maximum)")
  }

  /// Notes a figure of another kind: counts of pixels.
  public static func note(_ name: String, _ figure: String) {
    guard let path else { return }
    lines.withLock { lines in
      lines.append("\(name)\t\(figure)")
      try? Data((lines.sorted().joined(separator: "\n") + "\n").utf8).write(
        to: URL(filePath: "\(path).\(getpid())"))
    }
  }
}
