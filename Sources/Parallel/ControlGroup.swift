import Platform

/// What Linux lets this process have of the machine (cgroups, versions 1 and 2): a job's share, or a container's.
public struct ControlGroup: Sendable, Equatable {
  /// Nil: there is no limit.
  public let memoryBytes: Int?
  /// Processors' time a second; nil: there is no limit.
  public let processors: Double?

  /// Of this process, as it was when it was first asked for.
  public static let current = ControlGroup(groups: text(ofFile: "/proc/self/cgroup") ?? "", read: text)

  /// - Parameters:
  ///   - groups: `/proc/self/cgroup`: lines `0::/path` (version 2) or `4:memory:/path` (version 1).
  ///   - read: the text of a file; nil if it is not there.
  package init(groups: String, read: (String) -> String?) {
    var (memory, processors): ([Int], [Double]) = ([], [])
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      // Limits of the groups around it hold too.
      for folder in Self.folders(String(parts[2])) {
        if controllers.isEmpty {
          for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            memory += Self.bytes(read("\(root)\(folder)/memory.max"))
            let words = (read("\(root)\(folder)/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
            if words.count == 2 { processors += Self.share(of: words[0], per: words[1]) }
          }
        }
        if controllers.contains("memory") {
          memory += Self.bytes(read("/sys/fs/cgroup/memory\(folder)/memory.limit_in_bytes"))
        }
        if controllers.contains("cpu") {
          let root = "/sys/fs/cgroup/\(parts[1])\(folder)"
          let (quota, period) = (read("\(root)/cpu.cfs_quota_us"), read("\(root)/cpu.cfs_period_us"))
          if let quota, let period { processors += Self.share(of: Self.word(quota), per: Self.word(period)) }
        }
      }
    }
    (memoryBytes, self.processors) = (memory.min(), processors.min())
  }

  /// The folder of a group and those around it: `/a/b`, `/a` and the root, which is empty.
  private static func folders(_ path: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().map { count in parts[..<count].map { "/\($0)" }.joined() }
  }

  /// A limit in bytes; none for `max`, and for version 1's number for no limit.
  private static func bytes(_ text: String?) -> [Int] {
    guard let text, let bytes = Int(word(text)), bytes > 0, bytes < 1 << 60 else { return [] }
    return [bytes]
  }

  private static func share(of quota: Substring, per period: Substring) -> [Double] {
    guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0 else { return [] }
    return [quota / period]
  }

  private static func word(_ text: String) -> Substring {
    text.split(whereSeparator: \.isWhitespace).first ?? ""
  }

  /// The text of a file of the kernel's; nil if it cannot be read.
  private static func text(ofFile path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(file, &bytes, bytes.count)
    return count >= 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}

/// The memory that this process may use: the machine's, or less if its control group has less.
public enum AvailableMemory {
  public static let bytes = min(ControlGroup.current.memoryBytes ?? .max, machine)

  private static let machine: Int = {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? pages * size : .max
  }()
}
