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

/// Picks as EMAN2's `info/NAME_info.json`: with a known voxel size pixels from the tomogram's middle, else voxels. Kinds are
/// classes from 0, with their names in `class_list`.
enum EMAN2 {
  static func text(_ table: PickTable) -> String {
    let kinds = table.kinds.isEmpty ? [nil] : table.kinds
    let geometry = table.geometry.flatMap { $0.hasVoxelSize ? $0 : nil }
    let boxes = table.picks.map { pick -> JSON in
      var place = pick.position.position
      if let geometry {
        place = (place - geometry.roundedMiddle) * geometry.voxelSizeAngstroms / table.unbinnedPixelSize
      }
      return [
        .number(place.x), .number(place.y), .number(place.z), "manual", .number(pick.figureOfMerit ?? 0),
        .integer(kinds.firstIndex(of: pick.kind) ?? 0),
      ]
    }
    var classes = JSON.Object()
    for (index, kind) in kinds.enumerated() {
      let name = kind ?? "particles_\(index < 10 ? "0" : "")\(index)"
      classes.append("\(index)", ["name": .string(name), "boxsize": .integer(table.boxSize(kind))])
    }
    var file = JSON.Object()
    if geometry != nil { file.append("apix_unbin", .number(table.unbinnedPixelSize)) }
    file.append("boxes_3d", .array(boxes))
    file.append("class_list", .object(classes))
    return JSON.object(file).prettyText
  }
}

extension PickTable {
  /// A box of half as much again as the mean diameter of the picks of `kind`, in pixels without binning, an even number; 64
  /// if radii are not known.
  fileprivate func boxSize(_ kind: String?) -> Int {
    let radii = picks.filter { $0.kind == kind }.compactMap(\.radius)
    guard !radii.isEmpty else { return 64 }
    let diameter = 2 * radii.reduce(0, +) / Double(radii.count) * (voxelSize?.x ?? 1) / unbinnedPixelSize
    return 2 * Int(min(max(0.75 * diameter, 4), 2048).rounded(.up))
  }
}
