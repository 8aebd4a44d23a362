import Files

/// A STAR file as the programs of cryo-EM write them: data blocks with one loop or with single values, a row to
/// a line.
///
/// Values may stand in single or double quotes; `#` starts a comment where a value could start. Source: Hall
/// 1991, "The STAR file", and the dialect of RELION (https://relion.readthedocs.io, "The STAR format").
public struct STARFile: Sendable {
  public struct Block: Sendable {
    public let name: String
    /// Column names, without the leading underscore.
    public fileprivate(set) var columns: [String] = []
    /// Whether the block is a loop; if not, it is a table of one row.
    public fileprivate(set) var isLoop: Bool
    fileprivate var cells: [Range<Int>] = []
    fileprivate var rowLines: [Int] = []

    public var rowCount: Int { columns.isEmpty ? 0 : cells.count / columns.count }

    /// The position of the column `name`.
    public func column(_ name: String) -> Int? { columns.firstIndex(of: name) }

    /// The line of the file that `row` stands on, from 1.
    public func line(ofRow row: Int) -> Int { rowLines[row] }
  }

  /// The tables, in their order; a `data_` block with single values and a loop gives two.
  public let blocks: [Block]
  private let lines: TextLines

  /// Reads the file at `path`.
  ///
  /// - Throws: `Failure` that names the line of what is malformed.
  public init(_ path: String) throws {
    let lines = try TextLines(path)
    self = try inFile(path) { try STARFile(lines) }
  }

  public init(bytes: [UInt8]) throws {
    try self.init(TextLines(bytes: bytes))
  }

  init(_ lines: TextLines) throws {
    var parser = STARParser(lines)
    for number in lines.lines.indices { try parser.read(number) }
    blocks = try parser.finish()
    self.lines = lines
  }

  /// The value in `row` and `column` of `block`, without its quotes.
  public func value(_ block: Block, row: Int, column: Int) -> String {
    lines.text(block.cells[row * block.columns.count + column])
  }
}

/// Reads a STAR file line by line.
private struct STARParser {
  private let lines: TextLines
  private var blocks: [STARFile.Block] = []
  private var blockName: String?
  private var state = State.values

  private enum State {
    /// Outside loops.
    case values
    /// In a loop's column names.
    case columns
    case rows
  }

  init(_ lines: TextLines) { self.lines = lines }

  mutating func read(_ index: Int) throws {
    let number = index + 1
    let tokens = try tokens(lines.lines[index], number)
    guard let first = tokens.first else { return }
    let word = first.quoted ? "" : lines.text(first.range)
    let lowered = word.lowercased()
    if isRow(tokens) {
      try readRow(tokens, number)
    } else if lines.bytes[lines.lines[index].lowerBound] == UInt8(ascii: ";") {
      throw Failure(.badData, "line \(number): text blocks between semicolons are not supported")
    } else if lowered.hasPrefix("data_") {
      blockName = String(word.dropFirst(5))
      state = .values
    } else if lowered == "loop_" {
      guard let blockName else { throw Self.noBlock(number) }
      blocks.append(STARFile.Block(name: blockName, isLoop: true))
      state = .columns
    } else if word.hasPrefix("_") {
      try readName(String(word.dropFirst()), tokens, number)
    } else {
      try readRow(tokens, number)
    }
  }

  /// Whether `tokens` can only be a row of the loop, whatever its first word: a line with as many words as the loop has
  /// columns, more than a name and its value.
  private func isRow(_ tokens: [Token]) -> Bool {
    guard state != .values, let columns = blocks.last?.columns.count else { return false }
    return columns > 2 && tokens.count == columns
  }

  func finish() throws -> [STARFile.Block] {
    guard blockName != nil else {
      throw Failure(.badData, "has no data_ block: it is not a STAR file", remedy: "give a STAR file")
    }
    if let last = blocks.last, last.isLoop, last.columns.isEmpty {
      throw Failure(.badData, "the loop of data_\(last.name) has no columns")
    }
    return blocks
  }

  private mutating func readName(_ name: String, _ tokens: [Token], _ number: Int) throws {
    guard let blockName else { throw Self.noBlock(number) }
    if state == .columns {
      guard tokens.count == 1 else {
        throw Failure(.badData, "line \(number): the column _\(name) of a loop has a value beside it")
      }
    } else {
      guard tokens.count == 2 else {
        throw Failure(.badData, "line \(number): _\(name) has \(tokens.count - 1) values, not one")
      }
      if state == .rows || blocks.last?.isLoop ?? true || blocks.last?.name != blockName {
        blocks.append(STARFile.Block(name: blockName, isLoop: false))
        blocks[blocks.count - 1].rowLines = [number]
      }
      state = .values
      blocks[blocks.count - 1].cells.append(tokens[1].range)
    }
    guard !name.isEmpty, blocks[blocks.count - 1].column(name) == nil else {
      throw Failure(.badData, "line \(number): the column _\(name) is there twice or has no name")
    }
    try ColumnNames.check(count: blocks[blocks.count - 1].columns.count + 1, line: number)
    blocks[blocks.count - 1].columns.append(name)
  }

  private mutating func readRow(_ tokens: [Token], _ number: Int) throws {
    guard blockName != nil else { throw Self.noBlock(number) }
    guard state != .values, let columns = blocks.last?.columns.count else {
      throw Failure(
        .badData, "line \(number): '\(lines.text(tokens[0].range).prefix(40))' stands outside any loop")
    }
    guard columns > 0 else { throw Failure(.badData, "line \(number): the loop has no columns") }
    guard tokens.count == columns else {
      throw Failure(.badData, "line \(number) has \(tokens.count) values for \(columns) columns")
    }
    state = .rows
    blocks[blocks.count - 1].cells.append(contentsOf: tokens.map(\.range))
    blocks[blocks.count - 1].rowLines.append(number)
  }

  private static func noBlock(_ number: Int) -> Failure {
    Failure(
      .badData, "line \(number) stands before any data_ block: it is not a STAR file",
      remedy: "give a STAR file")
  }

  private struct Token {
    let range: Range<Int>
    let quoted: Bool
  }

  /// The values of a line, without quotes and comments.
  private func tokens(_ line: Range<Int>, _ number: Int) throws -> [Token] {
    let bytes = lines.bytes
    var tokens: [Token] = []
    var position = line.lowerBound
    while position < line.upperBound {
      let byte = bytes[position]
      if byte == 32 || byte == 9 {
        position += 1
      } else if byte == UInt8(ascii: "#") {
        break
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        // A quote ends a value only before a blank or the end of the line.
        let start = position + 1
        position = start
        while position < line.upperBound, bytes[position] != byte || !endsWord(position + 1, line) {
          position += 1
        }
        guard position < line.upperBound else {
          throw Failure(.badData, "line \(number): a quote is not closed")
        }
        tokens.append(Token(range: start..<position, quoted: true))
        position += 1
      } else {
        let start = position
        while !endsWord(position, line) { position += 1 }
        tokens.append(Token(range: start..<position, quoted: false))
      }
    }
    return tokens
  }

  private func endsWord(_ position: Int, _ line: Range<Int>) -> Bool {
    position >= line.upperBound || lines.bytes[position] == 32 || lines.bytes[position] == 9
  }
}
