import Files

extension PointTable {
  static let copickFormat = "copick JSON"

  /// copick's picks: `points`, each with its `location` in Angstroms from the first voxel, a score and an instance.
  ///
  /// - Throws: `Failure` that names the point that is malformed, or a unit that is not known.
  init(copick json: JSON) throws {
    let spacing = json["voxel_spacing"]?.double.flatMap { $0 > 0 && $0 < 10_000 ? $0 : nil }
    let units: Units
    switch json["unit"]?.string?.lowercased() {
    case nil, "angstrom", "angstroms", "a": units = .angstroms
    case "voxel", "voxels", "pixel", "pixels": units = .voxels
    case let other?:
      throw Failure(
        .badData, "copick's picks are in '\(other)', which is not known",
        remedy: "give them in 'angstrom' or 'voxel'")
    }
    let run = json["run_name"]?.string
    let object = json["pickable_object_name"]?.string
    let points = json["points"]?.array ?? []
    let entries = try points.enumerated().map { index, point in
      guard let place = Self.location(point) else {
        throw Failure(.badData, "point \(index + 1) of copick's picks has no location x, y, z")
      }
      let instance = point["instance_id"]?.double.flatMap(Self.label).flatMap { $0 > 0 ? $0 : nil }
      return Entry(
        position: place, micrograph: run, score: point["score"]?.double, classes: object.map { [$0] } ?? [],
        label: instance, pixelSize: spacing, line: index + 1)
    }
    let isShifted = points.contains { point in
      point["transformation_"]?.array?.prefix(3).contains { ($0.array?.last?.double ?? 0) != 0 } ?? false
    }
    self.init(
      format: Self.copickFormat, units: units, entries: entries,
      pixelSizeSource: spacing.map { _ in "'voxel_spacing'" },
      notes: isShifted ? ["the shifts in 'transformation_' are not applied to the coordinates"] : [])
  }
}

/// copick's picks (`USER_SESSION_OBJECT.json`): Angstroms from the centre of the first voxel, one kind of object to a file.
///
/// Transformations are the identity, and `trust_orientation` says that they mean nothing. Source: `CopickPicksFile` of copick
/// 1.27.
public enum CopickPicks {
  /// Kinds in a folder of results, at most: as many as `semantic.mrc` has values for.
  static let kindLimit = 127

  /// The file of the kind with this number, from 1.
  static func name(_ main: String, kind: Int) -> String {
    kind == 1 ? main : Path.stem(main, without: [".json"]) + "-\(kind).json"
  }

  static func files(_ table: PickTable, _ names: PickNames) -> PickFiles {
    let kinds = table.kinds.isEmpty ? [nil] : Array(table.kinds.prefix(kindLimit))
    var files = PickFiles(names.main, text(table.ofKind(kinds[0]), kinds[0], names))
    for (index, kind) in kinds.enumerated().dropFirst() {
      files.add(name(names.main, kind: index + 1), text(table.ofKind(kind), kind, names))
    }
    return files
  }

  private static func text(_ table: PickTable, _ kind: String?, _ names: PickNames) -> String {
    let size = table.voxelSize ?? SIMD3(repeating: 1)
    let points = table.picks.map { pick -> JSON in
      let place = pick.position.position * size
      return .members([
        "location": ["x": .number(place.x), "y": .number(place.y), "z": .number(place.z)],
        "transformation_": .array(
          (0..<4).map { row in .array((0..<4).map { .number($0 == row ? 1 : 0) }) }),
        "instance_id": .integer(pick.label ?? 0),
        // copick's own value where there is none.
        "score": .number(pick.figureOfMerit ?? 1),
      ])
    }
    let file: JSON = [
      "pickable_object_name": .string(plain(kind ?? names.object)), "user_id": .string(plain(names.user)),
      "session_id": .string(plain(names.session)), "run_name": .string(names.run ?? table.name),
      "voxel_spacing": .number(size.x), "unit": "angstrom", "points": .array(points),
      "trust_orientation": false,
    ]
    return file.prettyText
  }

  /// A name of a user, a session or an object as copick has them: what its files' names cannot hold becomes `-`.
  public static func plain(_ name: String) -> String {
    let replaced = name.map { character in
      character.isWhitespace || "<>:\"/\\|?*_".contains(character)
        || character.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "-" : character
    }
    let trimmed = replaced.drop { $0 == "-" }.reversed().drop { $0 == "-" }.reversed()
    return trimmed.isEmpty ? "unnamed" : String(trimmed)
  }

  /// The place of picks of `kind` in an overlay.
  public static func path(run: String, _ names: PickNames, kind: String?) -> String {
    let parts = [names.user, names.session, kind ?? names.object].map(plain)
    return "ExperimentRuns/\(run)/Picks/\(parts.joined(separator: "_")).json"
  }
}
