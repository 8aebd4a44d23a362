/// A recursive-descent reader over lines.
struct YAMLParser {
  private var lines: [YAMLLine]
  private var at = 0
  private var depth = 0

  init(_ lines: [YAMLLine]) { self.lines = lines }

  static func wrong(_ line: Int, _ what: String, _ remedy: String? = nil) -> Failure {
    Failure(.badData, "line \(line): \(what)", remedy: remedy)
  }

  mutating func document() throws -> YAML {
    guard let first = lines.first else { return YAML(.nothing, line: 1) }
    let value = try block(indentation: first.indentation)
    if at < lines.count { throw misplaced() }
    return value
  }

  /// The line here continues nothing.
  private func misplaced() -> Failure {
    Self.wrong(
      lines[at].number, "'\(lines[at].text.prefix(40))' does not fit what is above it",
      "indent the members of a map or list alike, and write '- item' or 'key: value'")
  }

  /// The map, list or scalar whose lines begin here, indented by `indentation`.
  private mutating func block(indentation: Int) throws -> YAML {
    depth += 1
    defer { depth -= 1 }
    let line = lines[at]
    guard depth <= YAML.depthLimit else { throw Self.wrong(line.number, "is nested too deep") }
    if Self.isItem(line.text) { return try list(indentation) }
    if YAMLScalar.member(line.text) != nil { return try map(indentation) }
    at += 1
    return try YAMLScalar.value(line.text, line.number)
  }

  private mutating func list(_ indentation: Int) throws -> YAML {
    var items: [YAML] = []
    let first = lines[at].number
    while at < lines.count, lines[at].indentation == indentation, Self.isItem(lines[at].text) {
      let line = lines[at]
      let rest = line.text.dropFirst()
      let blanks = rest.prefix { $0 == " " }.count
      if rest.isEmpty {
        at += 1
        items.append(try inner(under: indentation, allowingList: false) ?? YAML(.nothing, line: line.number))
      } else {
        // What follows the dash is a block of its own, as if it began a line there.
        lines[at] = YAMLLine(
          number: line.number, indentation: indentation + 1 + blanks, text: rest.dropFirst(blanks))
        items.append(try block(indentation: lines[at].indentation))
      }
      if at < lines.count, lines[at].indentation > indentation { throw misplaced() }
    }
    return YAML(.list(items), line: first)
  }

  private mutating func map(_ indentation: Int) throws -> YAML {
    var members: [YAML.Member] = []
    var lineOfKey: [String: Int] = [:]
    let first = lines[at].number
    while at < lines.count, lines[at].indentation == indentation {
      let line = lines[at]
      guard let (name, rest) = YAMLScalar.member(line.text) else {
        // A list may stand as far left as the key above it, and ends before the next key.
        throw misplaced()
      }
      let key = String(name)
      if let earlier = lineOfKey.updateValue(line.number, forKey: key) {
        throw Self.wrong(line.number, "the key '\(key)' was there in line \(earlier)", "keep one of them")
      }
      at += 1
      let value: YAML
      if rest.isEmpty {
        value = try inner(under: indentation, allowingList: true) ?? YAML(.nothing, line: line.number)
      } else {
        value = try YAMLScalar.value(rest, line.number)
      }
      members.append(YAML.Member(key: key, line: line.number, value: value))
      if at < lines.count, lines[at].indentation > indentation { throw misplaced() }
    }
    return YAML(.map(members), line: first)
  }

  /// The block that belongs to what stood above, indented by `indentation`; nil if there is none.
  private mutating func inner(under indentation: Int, allowingList: Bool) throws -> YAML? {
    guard at < lines.count else { return nil }
    let line = lines[at]
    let belongs =
      line.indentation > indentation
      || (allowingList && line.indentation == indentation && Self.isItem(line.text))
    return belongs ? try block(indentation: line.indentation) : nil
  }

  private static func isItem(_ text: Substring) -> Bool { text == "-" || text.hasPrefix("- ") }
}

/// Keys and values on one line.
enum YAMLScalar {
  /// `key` and what follows `key:`, without the blanks between; nil if the text is no member of a map.
  static func member(_ text: Substring) -> (key: Substring, rest: Substring)? {
    guard let first = text.first, !"\"'[{".contains(first) else { return nil }
    var position = text.startIndex
    while position < text.endIndex {
      let next = text.index(after: position)
      if text[position] == ":", next == text.endIndex || text[next] == " " || text[next] == "\t" {
        var key = text[..<position]
        while key.last == " " { key.removeLast() }
        return key.isEmpty ? nil : (key, trimmed(text[next...]))
      }
      position = next
    }
    return nil
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }

  /// A scalar, or a flow list of scalars.
  static func value(_ text: Substring, _ line: Int) throws -> YAML {
    guard text.first == "[" else {
      var rest = text
      let scalar = try self.scalar(&rest, line, inList: false)
      if !rest.isEmpty {
        throw YAMLParser.wrong(line, "'\(rest.prefix(40))' follows a quoted text")
      }
      return YAML(.scalar(scalar), line: line)
    }
    var rest = trimmed(text.dropFirst())
    var items: [YAML] = []
    while rest.first != "]" {
      if !items.isEmpty {
        guard rest.first == "," else { throw unclosed(line) }
        rest = trimmed(rest.dropFirst())
      }
      if rest.isEmpty { throw unclosed(line) }
      items.append(YAML(.scalar(try scalar(&rest, line, inList: true)), line: line))
      rest = trimmed(rest)
    }
    guard rest == "]" else { throw YAMLParser.wrong(line, "'\(rest.dropFirst().prefix(40))' follows a list") }
    return YAML(.list(items), line: line)
  }

  private static func unclosed(_ line: Int) -> Failure {
    YAMLParser.wrong(line, "the list is not closed", "write it as [a, b] on one line, or as lines '- a'")
  }

  /// The scalar at the start of `text`, which is taken off.
  private static func scalar(_ text: inout Substring, _ line: Int, inList: Bool) throws -> String {
    if let quote = text.first, quote == "\"" || quote == "'" { return try quoted(&text, quote, line) }
    let plain = trimmed(inList ? text.prefix { $0 != "," && $0 != "]" } : text)
    guard let first = plain.first else {
      throw YAMLParser.wrong(line, "an item of the list is missing", "put '' for an empty text")
    }
    if "[]{}&*!|>%@`?,".contains(first) || plain == "-" || plain.hasPrefix("- ") {
      throw YAMLParser.wrong(line, "'\(plain.prefix(40))' begins what is not read here", "put it in quotes")
    }
    if plain.contains(": ") || plain.last == ":" || inList && plain.contains(where: { "[{}".contains($0) }) {
      throw YAMLParser.wrong(line, "'\(plain.prefix(40))' is not one value", "put it in quotes")
    }
    text = inList ? text.dropFirst(text.prefix { $0 != "," && $0 != "]" }.count) : ""
    return String(plain)
  }

  private static func quoted(_ text: inout Substring, _ quote: Character, _ line: Int) throws -> String {
    var result = ""
    var rest = text.dropFirst()
    while let character = rest.popFirst() {
      if character == quote {
        if quote == "'", rest.first == "'" {
          rest.removeFirst()
          result.append("'")
          continue
        }
        text = rest
        return result
      }
      guard quote == "\"", character == "\\" else {
        result.append(character)
        continue
      }
      guard let escaped = rest.popFirst(), let meant = escapes[escaped] else {
        throw YAMLParser.wrong(line, "a backslash stands before what it cannot", "write \\\\ for a backslash")
      }
      result.append(meant)
    }
    throw YAMLParser.wrong(line, "a quote is not closed")
  }

  private static let escapes: [Character: Character] = [
    "\\": "\\", "\"": "\"", "/": "/", "n": "\n", "t": "\t", "r": "\r",
  ]
}
