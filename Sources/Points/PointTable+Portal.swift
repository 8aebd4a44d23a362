import Files

extension PointTable {
  /// Whether every line is a JSON object of the data portal: whether the first one is.
  static func looksLikePortal(_ lines: TextLines) -> Bool {
    guard let line = lines.lines.first(where: { !lines.words($0).isEmpty }) else { return false }
    return (try? JSON(parsing: Array(lines.bytes[line])))?["location"] != nil
  }

  /// The `.ndjson` of the CryoET Data Portal: an object `{"type": "point", "location": {"x", "y", "z"}}` to a line, in
  /// voxels; `orientedPoint` and `instancePoint` too.
  ///
  /// - Throws: `Failure` that names the line of what is malformed.
  init(portal lines: TextLines) throws {
    var entries: [Entry] = []
    for (index, line) in lines.lines.enumerated() where !lines.words(line).isEmpty {
      guard let point = try? JSON(parsing: Array(lines.bytes[line])), let place = Self.location(point) else {
        throw Failure(
          .badData, "line \(index + 1) is no object with a location x, y, z",
          remedy: "the data portal's .ndjson has one object to a line")
      }
      entries.append(Entry(position: place, label: point["instance_id"]?.int, line: index + 1))
    }
    self.init(format: "NDJSON", units: .voxels, entries: entries)
  }

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
    let entries = try (json["points"]?.array ?? []).enumerated().map { index, point in
      guard let place = Self.location(point) else {
        throw Failure(.badData, "point \(index + 1) of copick's picks has no location x, y, z")
      }
      let instance = point["instance_id"]?.int.flatMap { $0 > 0 ? $0 : nil }
      return Entry(
        position: place, micrograph: run, score: point["score"]?.double, classes: object.map { [$0] } ?? [],
        label: instance, pixelSize: spacing, line: index + 1)
    }
    self.init(
      format: "copick JSON", units: units, entries: entries,
      pixelSizeSource: spacing.map { _ in "'voxel_spacing'" })
  }

  private static func location(_ point: JSON) -> SIMD3<Double>? {
    let numbers = ["x", "y", "z"].compactMap { point["location"]?[$0]?.double }.filter(\.isFinite)
    return numbers.count == 3 ? SIMD3(numbers[0], numbers[1], numbers[2]) : nil
  }
}
