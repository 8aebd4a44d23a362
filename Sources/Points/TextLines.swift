import Files

/// A text file's lines, as ranges of its bytes. LF, CR LF and CR end a line; a byte order mark is skipped.
struct TextLines: Sendable {
  let bytes: [UInt8]
  let lines: [Range<Int>]

  /// Larger files are no tables of points.
  static let sizeLimit = 1 << 30

  /// - Throws: `Failure` when the file cannot be read, is huge, or is not text.
  init(_ path: String) throws {
    let bytes = try Self.contents(path)
    self = try inFile(path) { try Self(bytes: bytes) }
  }

  /// The bytes of the file at `path`.
  ///
  /// - Throws: `Failure` when it cannot be read or is huge.
  static func contents(_ path: String) throws -> [UInt8] {
    let file = try MappedFile(path)
    guard file.count <= Self.sizeLimit else {
      throw Failure(
        .badData, path: path, "has \(file.count) bytes, too many for a table of points",
        remedy: "give a STAR, CSV or text file")
    }
    return try file.withBytes { Array($0) }
  }

  init(bytes: [UInt8]) throws {
    if let (kind, remedy) = Self.knownBinary(bytes) { throw Failure(.badData, "is \(kind)", remedy: remedy) }
    guard !bytes.contains(0) else {
      throw Failure(
        .badData, "is not a text file: it holds zero bytes", remedy: "give a STAR, CSV or text file")
    }
    self.bytes = bytes
    var lines: [Range<Int>] = []
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == 10 || byte == 13 else { continue }
      lines.append(start..<position - 1)
      if byte == 13 && position < bytes.count && bytes[position] == 10 { position += 1 }
      start = position
    }
    if start < bytes.count { lines.append(start..<bytes.count) }
    self.lines = lines
  }

  /// What files are that are no tables, and what to do with them.
  private static func knownBinary(_ bytes: [UInt8]) -> (kind: String, remedy: String)? {
    if bytes.starts(with: Array("IMODV".utf8)) {
      return ("a model of IMOD, not text", "give STAR, CSV or text")
    }
    if bytes.count >= 1024, bytes.contains(0), bytes[208..<212].elementsEqual(Array("MAP ".utf8)) {
      return ("an MRC volume, not a table of points", "give STAR, CSV or text")
    }
    if bytes.starts(with: [0x1F, 0x8B]) { return ("compressed by gzip", "unpack it with gunzip") }
    if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
      return ("an array of NumPy", "write it as text: numpy.savetxt(FILE, ARRAY), in the order x y z")
    }
    return nil
  }

  /// The whole file as JSON, as Python writes it.
  func json() throws -> JSON {
    let start = lines.first?.lowerBound ?? bytes.count
    return try JSON(parsing: Array(bytes[start...]), as: .python)
  }

  /// The text of a range of bytes; bytes that are not UTF-8 become U+FFFD.
  func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  /// The parts of `line` between blanks.
  func words(_ line: Range<Int>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var start: Int?
    for position in line {
      let blank = bytes[position] == 32 || bytes[position] == 9
      if blank, let first = start {
        words.append(first..<position)
        start = nil
      } else if !blank && start == nil {
        start = position
      }
    }
    if let first = start { words.append(first..<line.upperBound) }
    return words
  }
}

/// The finite number that `text` is.
///
/// - Throws: `Failure` that names the line and the column.
func finiteNumber(_ text: String, line: Int, column: String) throws -> Double {
  // Hexadecimal numbers and the like are Swift's, not the formats'.
  let plain = text.utf8.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
  guard plain, let number = Double(text), number.isFinite else {
    throw Failure(.badData, "line \(line): \(column) is '\(text.prefix(40))', not a finite number")
  }
  return number
}
