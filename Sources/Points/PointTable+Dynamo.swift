import Files

extension PointTable {
  /// More columns than any other table without a header has.
  private static let dynamoColumns = 26...64

  static func looksLikeDynamo(_ lines: TextLines) -> Bool {
    let words = firstWords(lines)
    return dynamoColumns.contains(words.count) && words.prefix(3).allSatisfy { Double($0) != nil }
  }

  /// Dynamo's `.tbl`: columns 24 to 26 are x, y, z in voxels, counted from 1; 10 the score, 20 the tomogram's number, 22 the class, 36
  /// the pixel size. Shifts (columns 4 to 6) are not applied.
  ///
  /// - Throws: `Failure` that names the line of what is malformed.
  init(dynamo lines: TextLines) throws {
    var entries: [Entry] = []
    var tomograms = Set<String>()
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
      func number(_ column: Int) -> Double? {
        guard column <= words.count else { return nil }
        return try? finiteNumber(lines.text(words[column - 1]), line: index + 1, column: "")
      }
      let place = try (24...26).map { column in
        try finiteNumber(lines.text(words[column - 1]), line: index + 1, column: "column \(column)")
      }
      let tomogram = lines.text(words[19])
      tomograms.insert(tomogram)
      isShifted = isShifted || (4...6).contains { (number($0) ?? 0) != 0 }
      let kind = number(22).flatMap(Int.init(exactly:)).flatMap { $0 > 0 ? [String($0)] : nil }
      entries.append(
        Entry(
          position: SIMD3(place[0], place[1], place[2]) - 1, micrograph: tomogram, score: number(10),
          classes: kind ?? [], pixelSize: number(36).flatMap { $0 > 0 && $0 < 10_000 ? $0 : nil },
          line: index + 1))
    }
    // One tomogram's number need not be told from others'.
    if tomograms.count == 1 { entries = entries.map { $0.unnamed } }
    self.init(
      format: "Dynamo", units: .voxels, entries: entries, pixelSizeSource: "column 36",
      notes: ["Dynamo counts voxels from 1: one was taken off x, y and z"]
        + (isShifted ? ["the shifts in columns 4 to 6 are not applied to the coordinates"] : []))
  }
}

extension PointTable.Entry {
  fileprivate var unnamed: Self {
    Self(position: position, score: score, classes: classes, pixelSize: pixelSize, line: line)
  }
}
