import Files
import Platform

extension PointTable {
  static let dynamoFormat = "Dynamo"

  /// More columns than any other table without a header has.
  private static let dynamoColumns = 26...64

  static func looksLikeDynamo(_ lines: TextLines) -> Bool {
    let words = firstWords(lines)
    return dynamoColumns.contains(words.count) && words.prefix(3).allSatisfy { Double($0) != nil }
  }

  /// Dynamo's `.tbl`: columns 24 to 26 are x, y, z in voxels, counted from 1; 10 the score, 20 the tomogram's number, 22 the class, 36
  /// the pixel size. Shifts (columns 4 to 6) are not applied. The tomograms' names are in a `.doc` beside it.
  ///
  /// - Throws: `Failure` that names the line of what is malformed.
  init(dynamo lines: TextLines) throws {
    var entries: [Entry] = []
    var columns: Int?
    var isShifted = false
    for (index, line) in lines.lines.enumerated() {
      let words = lines.words(line)
      guard let first = words.first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else { continue }
      guard Self.dynamoColumns.contains(words.count) else {
        throw Failure(
          .badData,
          "line \(index + 1) has \(words.count) values, too \(words.count < Self.dynamoColumns.lowerBound ? "few" : "many") for a table of Dynamo",
          remedy: "x, y, z are in its columns 24 to 26")
      }
      guard words.count == columns ?? words.count else {
        throw Failure(
          .badData, "line \(index + 1) has \(words.count) values, the first one \(columns ?? 0)",
          remedy: "a value that is not known must be written all the same: as 0 or NaN")
      }
      columns = words.count
      func number(_ column: Int) -> Double? {
        guard column <= words.count else { return nil }
        return try? finiteNumber(lines.text(words[column - 1]), line: index + 1, column: "")
      }
      let place = try (24...26).map { column in
        try finiteNumber(lines.text(words[column - 1]), line: index + 1, column: "column \(column)")
      }
      let tomogram = lines.text(words[19])
      isShifted = isShifted || (4...6).contains { (number($0) ?? 0) != 0 }
      let kind = number(22).flatMap(Int.init(exactly:)).flatMap { $0 > 0 ? [String($0)] : nil }
      entries.append(
        Entry(
          position: SIMD3(place[0], place[1], place[2]) - 1,
          micrograph: number(20).flatMap(Int.init(exactly:)).map(String.init) ?? tomogram, score: number(10),
          classes: kind ?? [],
          // 1 is what tables have whose size nobody knows.
          pixelSize: number(36).flatMap { $0 > 0 && $0 != 1 && $0 < 10_000 ? $0 : nil },
          line: index + 1))
    }
    self.init(
      format: Self.dynamoFormat, units: .voxels, entries: entries, pixelSizeSource: "column 36",
      notes: ["Dynamo counts voxels from 1: one was taken off x, y and z"]
        + (isShifted ? ["the shifts in columns 4 to 6 are not applied to the coordinates"] : []))
  }
}

extension PointTable {
  /// The table with the names of the `.doc` beside it in place of tomograms' numbers. Without a name the number of the only
  /// tomogram need not be told from others'.
  ///
  /// - Throws: `Failure` if that is there and cannot be read.
  func namingTomograms() throws -> PointTable {
    guard format == Self.dynamoFormat else { return self }
    let names = try path.map(Dynamo.names(besides:)) ?? [:]
    let isAlone = micrographs.count == 1
    var table = self
    table.entries = entries.map { entry in
      var entry = entry
      entry.micrograph = entry.micrograph.flatMap { names[$0] ?? (isAlone ? nil : $0) }
      return entry
    }
    return table
  }
}

/// Picks as Dynamo's table: 42 columns, voxels counted from 1, shifts and angles 0; beside it a `.doc` with the tomograms.
///
/// Source: Dynamo's table convention. Angles of 0 are what Dynamo's own crops have that were not aligned.
enum Dynamo {
  /// The file with the names of the tomograms of the table at `path`.
  static func tomograms(of path: String) -> String {
    Path.beside(path, Path.stem(path, without: [".tbl"]) + ".doc")
  }

  /// The tomograms' names by their numbers, in the file beside the table at `path`; none if there is no such file.
  static func names(besides path: String) throws -> [String: String] {
    guard access(tomograms(of: path), R_OK) == 0 else { return [:] }
    let lines = try TextLines(tomograms(of: path))
    return Dictionary(
      lines.lines.compactMap { line -> (String, String)? in
        let words = lines.words(line)
        guard words.count >= 2, let last = words.last else { return nil }
        return (lines.text(words[0]), lines.text(words[1].lowerBound..<last.upperBound))
      }
    ) { first, _ in first }
  }

  static func files(_ tables: [PickTable], _ names: PickNames) -> PickFiles {
    let numbers = KindNumbers(tables)
    let picks = tables.enumerated().flatMap { index, table in table.picks.map { (index + 1, table, $0) } }
    let labels = picks.compactMap(\.2.label)
    // Tags are different numbers: labels, if they are.
    let haveTags = labels.count == picks.count && Set(labels).count == labels.count
    let rows = picks.enumerated().map { row, pick -> String in
      let (tomogram, table, pick) = pick
      let tag = String(haveTags ? pick.label ?? 0 : row + 1)
      var cells = [String](repeating: "0", count: 42)
      func set(_ column: Int, _ text: String) { cells[column - 1] = text }
      set(1, tag)
      set(2, "1")
      set(10, PickTable.number(pick.figureOfMerit ?? 0))
      set(20, "\(tomogram)")
      set(22, tables.haveKinds ? "\(numbers[pick.kind])" : "0")
      for (column, text) in zip(24...26, PickTable.coordinates(pick.position.position + 1)) {
        set(column, text)
      }
      set(31, tag)
      set(32, "1")
      set(36, table.voxelSize.map { "\($0.x)" } ?? "0")
      return cells.joined(separator: " ") + "\n"
    }
    var files = PickFiles(names.main, rows.joined())
    files.add(
      tomograms(of: names.main),
      tables.enumerated().map { "\($0 + 1) \($1.micrograph)\n" }.joined())
    files.notes = numbers.notes
    return files
  }
}
