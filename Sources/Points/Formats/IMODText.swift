import Files

extension PointTable {
  /// Whether the lines are IMOD's: object and contour in whole numbers, then x, y, z with a point, as `model2point` with
  /// `-object` and `-contour` writes them.
  static func looksLikeContours(_ lines: TextLines) -> Bool {
    let words = firstWords(lines)
    return words.count == 5 && words[..<2].allSatisfy { Int($0).map { $0 > 0 } ?? false }
      && words[2...].allSatisfy { $0.contains(".") && Double($0) != nil }
  }

  /// IMOD's points with object and contour, or three numbers to a line if that is said. Its first voxel's centre is at
  /// (0.5, 0.5, 0). If objects are several, their numbers are classes.
  init(contours lines: TextLines, isTold: Bool = false) throws {
    var entries: [Entry] = []
    var objects: [String] = []
    for (index, line) in lines.lines.enumerated() {
      let words = lines.words(line)
      guard let first = words.first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else { continue }
      guard words.count == 5 || (isTold && words.count == 3) else {
        throw Failure(
          .badData, "line \(index + 1) has \(words.count) values, not IMOD's object, contour, X, Y and Z",
          remedy: "write the points with model2point -object -contour, or three numbers to a line")
      }
      let numbers = try zip(words.suffix(3), ["X", "Y", "Z"]).map {
        try finiteNumber(lines.text($0), line: index + 1, column: $1)
      }
      objects.append(words.count == 5 ? lines.text(first) : "1")
      entries.append(
        Entry(position: SIMD3(numbers[0], numbers[1], numbers[2]) - IMODModel.centre, line: index + 1))
    }
    if Set(objects).count > 1 {
      entries = zip(entries, objects).map { entry, object in
        Entry(position: entry.position, classes: [object], line: entry.line)
      }
    }
    self.init(
      format: "IMOD text", units: .voxels, entries: entries,
      notes: [
        isTold
          ? "coordinates are IMOD's: half a voxel was taken off x and y"
          : "the columns were taken for IMOD's object, contour, x, y and z: half a voxel was taken off x and y"
      ])
  }
}

/// Picks as IMOD's `point2model` reads them: an object for each kind, all points in its first contour.
enum IMODText {
  static func text(_ table: PickTable) -> String {
    let kinds = table.kinds
    return table.picks.map { pick in
      let object = (kinds.firstIndex(of: pick.kind) ?? 0) + 1
      let place = PickTable.coordinates(pick.position.position + IMODModel.centre)
      return "\(object) 1 \(place.joined(separator: " "))\n"
    }.joined()
  }
}
