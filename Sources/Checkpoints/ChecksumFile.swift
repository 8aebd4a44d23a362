import Files
import Platform

/// SHA-256 sums of files beside it, as `sha256sum` writes and checks them: `HEX  NAME` to a line.
public struct ChecksumFile: Sendable {
  public struct Line: Sendable, Equatable {
    public let sha256: String
    public let name: String
  }

  public static let suffix = ".sha256"
  private static let sizeLimit = 1 << 20

  public let path: String
  public let lines: [Line]

  /// - Throws: `Failure` if it cannot be read or holds anything else.
  public init(_ path: String) throws {
    self.path = path
    let file = try MappedFile(path)
    guard file.count <= Self.sizeLimit else {
      throw Failure(.badData, path: path, "has \(file.count) bytes, too many for a list of checksums")
    }
    let text = try file.withBytes { String(validating: $0, as: UTF8.self) }
    lines = try (text ?? "?").split(whereSeparator: \.isNewline).enumerated().map { number, line in
      let digits = line.prefix(64)
      let rest = line.dropFirst(64)
      guard digits.count == 64, digits.allSatisfy(\.isHexDigit), rest.hasPrefix("  ") || rest.hasPrefix(" *"),
        rest.count > 2, !rest.contains("/")
      else {
        throw Failure(
          .badData, path: path, "line \(number + 1) is not '<64 hexadecimal digits>  <name>'",
          remedy: "write it with sha256sum, in the folder of the files")
      }
      return Line(sha256: digits.lowercased(), name: String(rest.dropFirst(2)))
    }
    guard !lines.isEmpty else { throw Failure(.badData, path: path, "holds no checksums") }
  }

  /// The list `FILE.sha256` of the file at `path`; nil if there is none.
  init?(beside path: String) throws {
    guard access(path + Self.suffix, F_OK) == 0 else { return nil }
    try self.init(path + Self.suffix)
  }

  /// Writes the list `FILE.sha256` of the file at `path` alone.
  public static func write(_ sha256: String, of path: String) throws {
    try AtomicFile.write(Array("\(sha256)  \(Path.name(path))\n".utf8), to: path + suffix)
  }
}
