import FoundationEssentials

/// Where the tests' files are.
public enum TestData {
  /// The folder of the package.
  public static let root: String = {
    // This file is Tests/TestSupport/TestData.swift.
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  /// A file or folder under Tests/Data.
  public static func path(_ name: String) -> String { "\(root)/Tests/Data/\(name)" }

  /// The large reference data, if they are here: the folder that `CRYOSAM_SHARED` names, or `shared` beside the
  /// package's folder.
  public static let sharedFolder: String? = {
    let named = ProcessInfo.processInfo.environment["CRYOSAM_SHARED"]
    let folder = named ?? "\(root)/../shared"  // or CRYOSAM_SHARED
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  /// Whether the large reference data are here: `@Test(.enabled(if: TestData.hasShared))`.
  public static var hasShared: Bool { sharedFolder != nil }

  /// A file of the large reference data.
  public static func shared(_ name: String) -> String { "\(sharedFolder ?? "shared")/\(name)" }

  /// The program `name` as built beside the tests: `.build/release/NAME`.
  public static func program(_ name: String) -> String {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    let folder = bundle.map { $0.split(separator: "/", omittingEmptySubsequences: false).dropLast() }
    return (folder.map { $0.joined(separator: "/") } ?? "\(root)/.build/release") + "/\(name)"
  }

  /// Calls `body` with the path of a new empty folder, which is removed afterwards.
  public static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    let folder = "\(parent)/cryosam-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }

  /// The names of what is in `folder`.
  public static func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder)
  }

  /// The bytes of the file at `path`.
  public static func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  /// Removes the file or folder at `path`.
  public static func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }

  /// Writes `bytes` to `path`.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }
}

/// The first position where two arrays differ; nil if they are equal.
public func firstDifference<T: Equatable>(_ a: [T], _ b: [T]) -> Int? {
  zip(a, b).enumerated().first { $1.0 != $1.1 }?.offset ?? (a.count == b.count ? nil : min(a.count, b.count))
}
