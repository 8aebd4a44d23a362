extension JSON {
  /// Nesting of arrays and objects that the reader accepts, as serde_json has it.
  public static let depthLimit = 128

  /// What may stand in a file.
  public enum Dialect: Sendable {
    /// RFC 8259.
    case standard
    /// Also `NaN`, `Infinity` and `-Infinity`, which Python writes, as strings.
    case python
  }

  /// Reads the one value that `bytes` hold, with nothing but white space around it.
  ///
  /// - Throws: `Failure` (bad data) that says what is wrong at which byte.
  public init(parsing bytes: UnsafeRawBufferPointer, as dialect: Dialect = .standard) throws {
    var parser = JSONParser(bytes, dialect)
    self = try parser.document()
  }

  public init(parsing bytes: [UInt8], as dialect: Dialect = .standard) throws {
    self = try bytes.withUnsafeBytes { try JSON(parsing: $0, as: dialect) }
  }

  public init(parsing text: String) throws {
    self = try JSON(parsing: Array(text.utf8))
  }

  /// Reads the JSON file at `path`.
  public init(contentsOf path: String, as dialect: Dialect = .standard) throws {
    let file = try MappedFile(path)
    self = try inFile(path) { try file.withBytes { try JSON(parsing: $0, as: dialect) } }
  }
}

/// A recursive-descent reader of RFC 8259.
private struct JSONParser {
  private let bytes: UnsafeRawBufferPointer
  private let dialect: JSON.Dialect
  private var at = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, _ dialect: JSON.Dialect) {
    (self.bytes, self.dialect) = (bytes, dialect)
  }

  mutating func document() throws -> JSON {
    let result = try value()
    guard peek() == nil else { throw wrong("something follows the value") }
    return result
  }

  private func wrong(_ what: String, at place: Int? = nil) -> Failure {
    Failure(.badData, "is not valid JSON: \(what) at byte \(place ?? at)")
  }

  /// The next byte that is not white space, which stays unread.
  private mutating func peek() -> UInt8? {
    while at < bytes.count {
      switch bytes[at] {
      case 0x20, 0x09, 0x0A, 0x0D: at += 1
      default: return bytes[at]
      }
    }
    return nil
  }

  private mutating func value() throws -> JSON {
    guard let first = peek() else { throw wrong("the text ends where a value should be") }
    switch first {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "N") where dialect == .python: return try literal("NaN", "NaN")
    case UInt8(ascii: "I") where dialect == .python: return try literal("Infinity", "Infinity")
    case UInt8(ascii: "-")
    where dialect == .python && at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "I"):
      return try literal("-Infinity", "-Infinity")
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw wrong("an unexpected character")
    }
  }

  private mutating func nested(_ read: (inout JSONParser) throws -> JSON) throws -> JSON {
    guard depth < JSON.depthLimit else { throw wrong("nesting deeper than \(JSON.depthLimit) levels") }
    depth += 1
    defer { depth -= 1 }
    at += 1
    return try read(&self)
  }

  private mutating func literal(_ text: StaticString, _ value: JSON) throws -> JSON {
    let count = text.utf8CodeUnitCount
    for offset in 0..<count {
      guard at + offset < bytes.count, bytes[at + offset] == text.utf8Start[offset] else {
        throw wrong("an unknown word")
      }
    }
    at += count
    return value
  }

  private mutating func array() throws -> JSON {
    var elements: [JSON] = []
    if peek() == UInt8(ascii: "]") {
      at += 1
      return .array(elements)
    }
    while true {
      elements.append(try value())
      switch peek() {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "]"):
        at += 1
        return .array(elements)
      default: throw wrong("no comma or closing bracket in an array")
      }
    }
  }

  private mutating func object() throws -> JSON {
    var object = JSON.Object()
    if peek() == UInt8(ascii: "}") {
      at += 1
      return .object(object)
    }
    while true {
      guard peek() == UInt8(ascii: "\"") else { throw wrong("no key in an object") }
      let start = at
      let key = try string()
      guard peek() == UInt8(ascii: ":") else { throw wrong("no colon after a key") }
      at += 1
      guard object.append(key, try value()) else { throw wrong("the duplicate key '\(key)'", at: start) }
      switch peek() {
      case UInt8(ascii: ","): at += 1
      case UInt8(ascii: "}"):
        at += 1
        return .object(object)
      default: throw wrong("no comma or closing brace in an object")
      }
    }
  }

  private mutating func digits() -> Int {
    let start = at
    while at < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[at] { at += 1 }
    return at - start
  }

  private mutating func number() throws -> JSON {
    let start = at
    if bytes[at] == UInt8(ascii: "-") { at += 1 }
    let whole = at
    let count = digits()
    guard count > 0, count == 1 || bytes[whole] != UInt8(ascii: "0") else {
      throw wrong("a malformed number", at: start)
    }
    var isInteger = true
    if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
      isInteger = false
      at += 1
      guard digits() > 0 else { throw wrong("a malformed number", at: start) }
    }
    if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      at += 1
      if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
      guard digits() > 0 else { throw wrong("a malformed number", at: start) }
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if isInteger, text != "-0", let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw wrong("a number out of range", at: start) }
    return .number(number)
  }

  private mutating func string() throws -> String {
    let start = at
    at += 1
    var text: [UInt8] = []
    var plain = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        text.append(contentsOf: bytes[plain..<at])
        at += 1
        guard let string = String(validating: text, as: UTF8.self) else {
          throw wrong("a string that is not UTF-8", at: start)
        }
        return string
      case UInt8(ascii: "\\"):
        text.append(contentsOf: bytes[plain..<at])
        at += 1
        text.append(contentsOf: try escape())
        plain = at
      case 0..<0x20: throw wrong("a control character in a string")
      default: at += 1
      }
    }
    throw wrong("a string without end", at: start)
  }

  /// The UTF-8 of the escape whose backslash has been read.
  private mutating func escape() throws -> [UInt8] {
    guard at < bytes.count else { throw wrong("an escape without end") }
    let letter = bytes[at]
    at += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): break
    default: throw wrong("an unknown escape", at: at - 1)
    }
    let start = at
    var code = try hexadecimal()
    if 0xD800..<0xDC00 ~= code, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      at += 2
      let low = try hexadecimal()
      guard 0xDC00..<0xE000 ~= low else { throw wrong("a lone surrogate", at: start) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw wrong("a lone surrogate", at: start) }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func hexadecimal() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard at < bytes.count, let digit = Character(Unicode.Scalar(bytes[at])).hexDigitValue else {
        throw wrong("a malformed \\u escape")
      }
      code = code << 4 + UInt32(digit)
      at += 1
    }
    return code
  }
}
