/// A value of a YAML file, with the line it begins on.
///
/// libyaml reads the text; what it means is decided here. Everything is text until it is asked for as something else,
/// so that no value is taken for another type by accident. Refused, by line: anchors, aliases and tags (so no short
/// file stands for a large one), keys that are no text or occur twice, deep nesting, several documents.
public struct YAML: Sendable, Equatable {
  public indirect enum Content: Sendable, Equatable {
    /// A key without a value.
    case nothing
    case scalar(String)
    case list([YAML])
    case map([Member])
  }

  /// A key of a map, with its line and value.
  public struct Member: Sendable, Equatable {
    public let key: String
    public let line: Int
    public let value: YAML

    public init(key: String, line: Int, value: YAML) {
      (self.key, self.line, self.value) = (key, line, value)
    }
  }

  public let content: Content
  /// From 1.
  public let line: Int

  public init(_ content: Content, line: Int) {
    (self.content, self.line) = (content, line)
  }

  /// Lists and maps inside one another that the reader accepts.
  public static let depthLimit = 32
  /// Bytes of a file that the reader accepts.
  public static let sizeLimit = 1 << 20

  /// Reads the file at `path`.
  ///
  /// - Throws: `Failure` that names the file and the line of what is wrong.
  public init(contentsOf path: String) throws {
    let file = try MappedFile(path)
    guard file.count <= Self.sizeLimit else {
      throw Failure(.badData, path: path, "has \(file.count) bytes, too many for a configuration")
    }
    self = try inFile(path) { try YAML(parsing: file.withBytes { Array($0) }) }
  }

  /// Reads `bytes`, one document in UTF-8.
  public init(parsing bytes: [UInt8]) throws {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw Failure(.badData, "is not UTF-8 text")
    }
    guard !bytes.isEmpty else {
      self.init(.nothing, line: 1)
      return
    }
    self = try Self.withoutTabs(bytes).withUnsafeBytes { bytes in
      var reader = YAMLReader(YAMLEvents(bytes))
      return try reader.document()
    }
  }

  /// `bytes` with blanks for the tabs of lines that hold nothing else, or a comment: libyaml refuses some of those.
  private static func withoutTabs(_ bytes: [UInt8]) -> [UInt8] {
    var (result, start) = (bytes, 0)
    for (place, byte) in (bytes + [UInt8(ascii: "\n")]).enumerated() {
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "#"):
        if start < place { for blank in start..<place { result[blank] = UInt8(ascii: " ") } }
      default: break
      }
      start = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") ? place + 1 : bytes.count
    }
    return result
  }

  /// What is there, for messages.
  public var kind: String {
    switch content {
    case .nothing: "nothing"
    case .scalar(let text): "'\(text.prefix(40))'"
    case .list: "a list"
    case .map: "a map"
    }
  }
}
