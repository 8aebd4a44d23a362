/// A value of a YAML file, with the line it begins on.
///
/// The part of YAML 1.2 that configurations need, and no more: block maps and lists, flow lists of scalars (`[5, 10]`),
/// plain and quoted scalars on one line, comments. Everything is text until it is asked for as something else, so
/// that no value is taken for another type by accident. Refused, by line: tabs in the indentation, anchors, aliases,
/// tags, block scalars (`|`, `>`), flow maps, keys that occur twice, several documents.
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

  /// Nesting that the reader accepts.
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
    do {
      try self.init(parsing: try file.withBytes { Array($0) })
    } catch let failure as Failure {
      throw failure.inFile(path)
    }
  }

  /// Reads `bytes`, one document in UTF-8.
  public init(parsing bytes: [UInt8]) throws {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.badData, "is not UTF-8 text")
    }
    var parser = YAMLParser(try YAMLLine.lines(of: text))
    self = try parser.document()
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

/// One line that says something: its indentation and its text, the comment taken off.
struct YAMLLine {
  let number: Int
  let indentation: Int
  let text: Substring

  /// The lines of `text` but for empty ones and comments, and the `---` that may stand first.
  static func lines(of text: String) throws -> [YAMLLine] {
    var lines: [YAMLLine] = []
    let start = text.unicodeScalars.first == "\u{FEFF}" ? text.dropFirst() : text[...]
    let parts = start.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }
    for (index, raw) in parts.enumerated() {
      let number = index + 1
      let line = try withoutComment(raw, number)
      let indentation = line.prefix { $0 == " " }.count
      let body = line.dropFirst(indentation)
      if body.isEmpty { continue }
      if body.first == "\t" {
        throw YAMLParser.wrong(number, "is indented by a tab", "use blanks")
      }
      if indentation == 0, body == "---", lines.isEmpty { continue }
      if indentation == 0, body == "---" || body == "..." || body.hasPrefix("--- ") || body.hasPrefix("%") {
        throw YAMLParser.wrong(number, "begins or ends another document", "give one document")
      }
      lines.append(YAMLLine(number: number, indentation: indentation, text: body))
    }
    return lines
  }

  /// The line without a comment (`#` at its start or after a blank, not in quotes) and blanks at its end.
  private static func withoutComment(_ line: Substring, _ number: Int) throws -> Substring {
    var quote: Character?
    var previous: Character = " "
    var end = line.endIndex
    var position = line.startIndex
    while position < line.endIndex {
      let character = line[position]
      if let open = quote {
        if open == "\"" && character == "\\" {
          // The next character is not a quote that ends.
          position = line.index(after: position)
          if position == line.endIndex { break }
        } else if character == open {
          quote = nil
        }
      } else if character == "#" && (previous == " " || previous == "\t") {
        end = position
        break
      } else if character == "\"" || character == "'" {
        // Not an apostrophe in a word; two in a quote are one apostrophe.
        let opens = " \t[,".contains(previous) || (character == "'" && previous == "'")
        if opens { quote = character }
      }
      previous = character
      position = line.index(after: position)
    }
    var kept = line[..<end]
    while let last = kept.last, last == " " || last == "\t" { kept.removeLast() }
    return kept
  }
}
