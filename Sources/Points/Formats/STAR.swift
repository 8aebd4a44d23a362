import Files

extension PointTable {
  private static let voxelColumns = ["rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
  private static let centredColumns = [
    "rlnCenteredCoordinateXAngst", "rlnCenteredCoordinateYAngst", "rlnCenteredCoordinateZAngst",
  ]

  static func looksLikeSTAR(_ lines: TextLines) -> Bool {
    for line in lines.lines {
      guard let first = lines.words(line).first.map(lines.text), !first.hasPrefix("#") else { continue }
      return first.lowercased().hasPrefix("data_")
    }
    return false
  }

  /// The first table of `star` with coordinate columns. Centred Angstroms are preferred where both kinds are
  /// there, as RELION 5 does.
  init(star: STARFile) throws {
    for (columns, units) in [(Self.centredColumns, Units.centredAngstroms), (Self.voxelColumns, .voxels)] {
      for block in star.blocks {
        let positions = columns.compactMap { block.column($0) }
        guard positions.count == 3 else { continue }
        self = try Self(star, block, positions, units)
        return
      }
    }
    if let block = star.blocks.first(where: Self.isCBOX) {
      self = try Self(cbox: star, block)
      return
    }
    throw Self.noCoordinates(star)
  }

  private init(_ star: STARFile, _ block: STARFile.Block, _ columns: [Int], _ units: Units) throws {
    let micrograph = ColumnNames.tomogram(block.columns)
    let score = ColumnNames.score(block.columns)
    let pixels = units == .voxels ? StatedPixelSize(star, block) : nil
    let classes = block.columns.indices.filter { Self.namesClass(block.columns[$0]) }
    let label = block.columns.firstIndex { Self.namesLabel($0) }
    let size = units == .voxels ? ColumnNames.particleSize(block.columns) : nil
    var entries: [Entry] = []
    var scoreFault: String?
    entries.reserveCapacity(block.rowCount)
    for row in 0..<block.rowCount {
      let line = block.line(ofRow: row)
      func number(_ column: Int) throws -> Double {
        try finiteNumber(
          star.value(block, row: row, column: column), line: line, column: "_" + block.columns[column])
      }
      entries.append(
        Entry(
          position: SIMD3(try number(columns[0]), try number(columns[1]), try number(columns[2])),
          micrograph: micrograph.map { star.value(block, row: row, column: $0) }.flatMap(Self.named),
          score: score.flatMap { column in optional(&scoreFault) { try number(column) } },
          classes: classes.map { star.value(block, row: row, column: $0) },
          label: label.flatMap { Self.label(star.value(block, row: row, column: $0)) },
          pixelSize: pixels?.size(ofRow: row),
          radius: size?.radius(of: { star.value(block, row: row, column: $0) }), line: line))
    }
    var notes: [String] = []
    if let origin = block.columns.first(where: { $0.hasPrefix("rlnOriginX") }) {
      notes.append("the shifts in _\(origin) and its neighbours are not applied to the coordinates")
    }
    if pixels == nil, units == .voxels, star.blocks.contains(where: { $0.column("rlnImagePixelSize") != nil })
    {
      notes.append(
        "_rlnImagePixelSize is the pixel size of particles' images, not of coordinates: these were taken as voxels"
      )
    }
    self.init(
      format: "STAR", units: units, entries: entries, pixelSizeSource: pixels?.source,
      notes: notes + (pixels?.notes ?? []))
    contradiction = pixels?.contradiction
    self.scoreFault = scoreFault
    isOwn = block.columns.contains { $0.hasPrefix("cryosam") }
    countsSeriesPixels = units == .voxels && pixels == nil && !isOwn && block.column("rlnTomoName") != nil
  }

  /// Whether the column says of what kind a particle is: RELION's class, or a species by name.
  static func namesClass(_ column: String) -> Bool {
    let name = column.lowercased()
    return ["rlnclassnumber", "class", "cryosamclass", "particle_type", "pickable_object_name"].contains(name)
      || name.hasSuffix("species")
  }

  /// Whether the column holds the particle's number in a label volume.
  static func namesLabel(_ column: String) -> Bool {
    ["instance", "instance_id"].contains { column.lowercased().hasSuffix($0) }
  }

  /// Also where other programs made a fraction of it: `7.0`.
  static func label(_ cell: String) -> Int? { Double(cell).flatMap(label) }

  static func label(_ number: Double) -> Int? { Int(exactly: number).flatMap { $0 >= 0 ? $0 : nil } }

  /// The tomogram's name in a cell; nil for an empty one.
  static func named(_ cell: String) -> String? { cell.isEmpty ? nil : cell }

  private static func noCoordinates(_ star: STARFile) -> Failure {
    let wanted = "_rlnCoordinateX, Y, Z or _rlnCenteredCoordinateXAngst, Y, Z"
    for block in star.blocks {
      for columns in [centredColumns, voxelColumns] {
        let missing = columns.filter { block.column($0) == nil }
        if missing.count < 3 {
          let names = missing.map { "_" + $0 }.joined(separator: " and ")
          return Failure(
            .badData, "the table data_\(block.name) has no column \(names)",
            remedy: "points in a tomogram need x, y and z")
        }
      }
    }
    let found = star.blocks.flatMap(\.columns).prefix(6).map { "_" + $0 }.joined(separator: ", ")
    return Failure(
      .badData,
      "no table has the columns \(wanted)\(found.isEmpty ? "" : "; the first columns are \(found)")",
      remedy: "rename the columns, or give CSV with the header x,y,z")
  }
}

/// Picks as STAR in voxels (RELION 3 and Warp style), with this program's own columns.
enum STAR {
  static func text(_ tables: [PickTable]) -> String {
    let (haveKinds, haveScores) = (tables.haveKinds, tables.haveScores || tables.allSatisfy(\.picks.isEmpty))
    let havePixels = tables.contains { $0.pixelSizeAngstroms != nil }
    let extras = tables.first?.extraColumns ?? []
    precondition(tables.allSatisfy { $0.extraColumns == extras })
    var columns = ["rlnMicrographName", "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
    if haveScores { columns.append("rlnAutopickFigureOfMerit") }
    if havePixels { columns.append("rlnPixelSize") }
    columns += extras
    if haveKinds { columns.append("cryosamClass") }
    var star = STARWriter(block: "particles", columns: columns)
    for table in tables {
      let name = STARWriter.quoted(table.micrograph)
      let pixel = havePixels ? [decimal(table.pixelSizeAngstroms ?? 0, places: 4)] : []
      for pick in table.picks {
        star.add(
          PickTable.coordinates(pick) + (haveScores ? [PickTable.number(pick.figureOfMerit ?? 0)] : [])
            + pixel
            + pick.extras.map(PickTable.number)
            + (haveKinds ? [STARWriter.quoted(pick.kind ?? "")] : []),
          lead: name, width: 13)
      }
    }
    return star.file
  }
}

extension PickTable {
  /// The table as STAR.
  public var starText: String { STAR.text([self]) }
}
