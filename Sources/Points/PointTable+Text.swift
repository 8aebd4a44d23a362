import Files

extension PointTable {
  static func looksLikeCSV(_ lines: TextLines) -> Bool {
    for line in lines.lines {
      guard let first = lines.words(line).first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else {
        continue
      }
      return lines.bytes[line].contains(UInt8(ascii: ","))
    }
    return false
  }

  /// Lines of `X Y Z` in voxels, parted by blanks, as EMAN2 and others write them. `#` starts a comment.
  init(text lines: TextLines) throws {
    var entries: [Entry] = []
    for (index, line) in lines.lines.enumerated() {
      let end = lines.bytes[line].firstIndex(of: UInt8(ascii: "#")) ?? line.upperBound
      let words = lines.words(line.lowerBound..<end)
      guard !words.isEmpty else { continue }
      guard words.count == 3 else {
        throw Failure(
          .badData, "line \(index + 1) has \(words.count) values, not X Y Z",
          remedy: "give STAR, CSV with the header x,y,z, or three numbers to a line")
      }
      let numbers = try zip(words, ["X", "Y", "Z"]).map {
        try finiteNumber(lines.text($0), line: index + 1, column: $1)
      }
      entries.append(Entry(position: SIMD3(numbers[0], numbers[1], numbers[2]), line: index + 1))
    }
    self.init(format: "text", units: .voxels, entries: entries)
  }

  /// Comma-separated values in voxels.
  ///
  /// The header names the columns `x`, `y`, `z` in any order and among any others, or, as napari does, `axis-0`,
  /// `axis-1`, `axis-2` for z, y, x. Without a header there are three columns: x, y, z. The columns `score`,
  /// `micrograph`, and those of classes and labels are read too.
  init(csv lines: TextLines) throws {
    var columns: CSVColumns?
    var entries: [Entry] = []
    for (index, line) in lines.lines.enumerated() {
      guard let first = lines.words(line).first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else {
        continue
      }
      let cells = try Self.cells(lines, line, index + 1)
      guard let columns else {
        let header = try CSVColumns(cells)
        columns = header
        if header.isHeader { continue }
        entries.append(try header.entry(cells, index + 1))
        continue
      }
      entries.append(try columns.entry(cells, index + 1))
    }
    self.init(format: "CSV", units: .voxels, entries: entries)
  }

  /// The cells of a line, without blanks around them and without quotes.
  private static func cells(_ lines: TextLines, _ line: Range<Int>, _ number: Int) throws -> [String] {
    var cells: [String] = []
    var cell: [UInt8] = []
    var quoted = false
    var position = line.lowerBound
    while position < line.upperBound {
      let byte = lines.bytes[position]
      position += 1
      if byte == UInt8(ascii: "\"") {
        if quoted && position < line.upperBound && lines.bytes[position] == byte {
          cell.append(byte)
          position += 1
        } else {
          quoted.toggle()
        }
      } else if byte == UInt8(ascii: ",") && !quoted {
        cells.append(trimmed(cell))
        cell = []
      } else {
        cell.append(byte)
      }
    }
    guard !quoted else { throw Failure(.badData, "line \(number): a quote is not closed") }
    cells.append(trimmed(cell))
    return cells
  }

  private static func trimmed(_ cell: [UInt8]) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }
    let start = cell.firstIndex { !isBlank($0) } ?? cell.endIndex
    let end = cell.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
    return String(decoding: cell[start..<end], as: UTF8.self)
  }
}

/// Where a CSV file's coordinates are.
private struct CSVColumns {
  let isHeader: Bool
  private let count: Int
  /// Of x, y, z.
  private let positions: [Int]
  private let micrograph: Int?
  private let score: Int?
  private let classes: [Int]
  private let label: Int?

  /// Reads the first line.
  init(_ cells: [String]) throws {
    count = cells.count
    let names = cells.map { $0.lowercased() }
    for wanted in [["x", "y", "z"], ["axis-2", "axis-1", "axis-0"]] {
      let found = wanted.compactMap { names.firstIndex(of: $0) }
      guard found.count == 3 else { continue }
      guard wanted.allSatisfy({ name in names.filter { $0 == name }.count == 1 }) else {
        throw Failure(.badData, "the header names a coordinate twice")
      }
      isHeader = true
      positions = found
      micrograph = names.firstIndex { ["micrograph", "tomogram"].contains($0) }
      score = names.firstIndex(of: "score")
      classes = names.indices.filter { PointTable.namesClass(names[$0]) }
      label = names.firstIndex { PointTable.namesLabel($0) }
      return
    }
    guard cells.count == 3, cells.allSatisfy({ Double($0) != nil }) else {
      throw Failure(
        .badData, "the header '\(cells.joined(separator: ",").prefix(60))' names no columns x, y, z",
        remedy: "name them x,y,z (voxels), or axis-0,axis-1,axis-2 for z,y,x")
    }
    isHeader = false
    positions = [0, 1, 2]
    micrograph = nil
    score = nil
    classes = []
    label = nil
  }

  func entry(_ cells: [String], _ line: Int) throws -> PointTable.Entry {
    guard cells.count == count else {
      throw Failure(.badData, "line \(line) has \(cells.count) cells for \(count) columns")
    }
    let numbers = try zip(positions, ["x", "y", "z"]).map {
      try finiteNumber(cells[$0], line: line, column: $1)
    }
    return PointTable.Entry(
      position: SIMD3(numbers[0], numbers[1], numbers[2]), micrograph: micrograph.map { cells[$0] },
      score: try score.map { try finiteNumber(cells[$0], line: line, column: "score") },
      classes: classes.map { cells[$0] }, label: label.flatMap { PointTable.label(cells[$0]) }, line: line)
  }
}
