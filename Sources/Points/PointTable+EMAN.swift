import Files

extension PointTable {
  static let emanFormat = "EMAN2 JSON"

  static func looksLikeJSON(_ lines: TextLines) -> Bool {
    for line in lines.lines {
      guard let first = lines.words(line).first else { continue }
      return lines.bytes[first.lowerBound] == UInt8(ascii: "{")
    }
    return false
  }

  /// EMAN2's or copick's JSON, by its members.
  init(json: JSON) throws {
    if json["boxes_3d"] == nil, json["points"] != nil {
      try self.init(copick: json)
    } else {
      try self.init(eman: json)
    }
  }

  /// EMAN2's `info/*.json`: the member `boxes_3d`, each box `[x, y, z, method, score, class]`, the last three
  /// optional.
  ///
  /// Coordinates are centres. With the member `apix_unbin` they are pixels of that size, in Angstroms, from the
  /// tomogram's middle (since 2018); without it voxels. The class is known by its number and by its name in
  /// `class_list`. A box placed by hand has the score 0. Source: `e2spt_boxer.py`.
  ///
  /// - Throws: `Failure` that names the box that is malformed.
  init(eman json: JSON) throws {
    guard let boxes = json["boxes_3d"]?.array else {
      throw Failure(
        .badData, "has no list 'boxes_3d'",
        remedy: "JSON is read as EMAN2's info/*.json and as copick's picks, with a list 'points'")
    }
    var units = Units.voxels
    if let size = json["apix_unbin"] {
      guard let size = size.double, size > 0, size < 1e6 else {
        throw Failure(.badData, "'apix_unbin' is \(size.text), not a pixel size in Angstroms")
      }
      units = .centredPixels(angstroms: size)
    }
    self.init(
      format: Self.emanFormat, units: units,
      entries: try boxes.enumerated().map { index, box in
        try Self.entry(box, number: index + 1, classes: json["class_list"])
      })
  }

  private static func entry(_ box: JSON, number: Int, classes: JSON?) throws -> Entry {
    let cells = box.array ?? []
    let numbers = cells.prefix(3).compactMap(\.double).filter(\.isFinite)
    guard numbers.count == 3, (3...16).contains(cells.count) else {
      throw Failure(.badData, "box \(number) of 'boxes_3d' does not begin with three numbers x, y, z")
    }
    let kind = cells.count > 5 ? cells[5].double.flatMap(Int.init(exactly:)) : nil
    let name = kind.flatMap { classes?[String($0)]?["name"]?.string }
    return Entry(
      position: SIMD3(numbers[0], numbers[1], numbers[2]), score: cells.count > 4 ? cells[4].double : nil,
      classes: (kind.map { [String($0)] } ?? []) + (name.map { [$0] } ?? []), line: number)
  }
}
