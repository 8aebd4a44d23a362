import Files

extension PointTable {
  /// The words of the first line that is no comment, as many as a table may have columns.
  static func firstWords(_ lines: TextLines) -> [String] {
    for line in lines.lines {
      guard let first = lines.words(line).first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else {
        continue
      }
      return lines.words(line).prefix(ColumnNames.limit).map(lines.text)
    }
    return []
  }

  /// What parts the cells of a table with a header or commas; nil for other text.
  static func separator(_ lines: TextLines, isCSV: Bool) -> CellSeparator? {
    let words = firstWords(lines)
    let line = words.joined(separator: " ")
    let names = words.map { $0.lowercased() }
    if line.contains(",") { return .byte(UInt8(ascii: ",")) }
    if line.contains(";") { return .byte(UInt8(ascii: ";")) }
    if ["x", "y", "z"].allSatisfy(names.contains)
      || ["axis-0", "axis-1", "axis-2"].allSatisfy(names.contains)
    {
      return hasTab(lines) ? .byte(9) : .blanks
    }
    return isCSV ? .byte(hasTab(lines) ? 9 : UInt8(ascii: ",")) : nil
  }

  private static func hasTab(_ lines: TextLines) -> Bool {
    let first = lines.lines.first { line in
      lines.words(line).first.map { lines.bytes[$0.lowerBound] != UInt8(ascii: "#") } ?? false
    }
    return first.map { lines.bytes[$0].contains(9) } ?? false
  }

  /// Lines of `X Y Z` in voxels, parted by blanks, as EMAN2 and others write them. `#` starts a comment; one that names x, y
  /// and z alone, before the first point, names their order.
  ///
  /// - Parameter isListed: whether RELION's import job has it: three angles may follow.
  init(text lines: TextLines, isListed: Bool = false) throws {
    var entries: [Entry] = []
    let order = Self.commentedOrder(lines)
    var haveAngles = false
    for (index, line) in lines.lines.enumerated() {
      let end = lines.bytes[line].firstIndex(of: UInt8(ascii: "#")) ?? line.upperBound
      let words = lines.words(line.lowerBound..<end)
      guard !words.isEmpty else { continue }
      haveAngles = haveAngles || words.count == 6
      guard words.count == 3 || isListed && words.count == 6 else {
        throw Failure(
          .badData, "line \(index + 1) has \(words.count) values, not X Y Z",
          remedy: words.count == 4
            ? "take out what is not a coordinate (IMOD's contour, a score), or give CSV with the header x,y,z"
            : "give STAR, CSV with the header x,y,z, or three numbers to a line")
      }
      let numbers = try zip(words, ["X", "Y", "Z"]).map {
        try finiteNumber(lines.text($0), line: index + 1, column: $1)
      }
      let place = (order?.positions ?? [0, 1, 2]).map { numbers[$0] }
      entries.append(Entry(position: SIMD3(place[0], place[1], place[2]), line: index + 1))
    }
    self.init(
      format: "text", units: .voxels, entries: entries,
      notes: (order?.notes ?? []) + (haveAngles ? ["the angles after x, y, z are not used"] : []))
  }

  /// The order of coordinates that a comment before the first point names; nil if none does.
  fileprivate static func commentedOrder(_ lines: TextLines) -> Coordinates? {
    for line in lines.lines {
      guard let first = lines.words(line).first else { continue }
      guard lines.bytes[first.lowerBound] == UInt8(ascii: "#") else { return nil }
      let names = lines.text(line).lowercased().split { !$0.isLetter }.map(String.init)
      guard names.sorted() == ["x", "y", "z"] else { continue }
      return Coordinates(order: names)
    }
    return nil
  }

  /// Cells parted by commas, or semicolons, tabs or blanks, in voxels.
  ///
  /// The header names the columns `x`, `y`, `z` in any order and among any others, with their unit (`x_nm`, `Y [A]`) or, as
  /// napari does, `axis-0`, `axis-1`, `axis-2` for z, y, x. Without a header there are three columns: x, y, z. The columns of scores,
  /// tomograms, pixel sizes, classes and labels are read too.
  init(csv lines: TextLines, separator: CellSeparator) throws {
    var columns: CSVColumns?
    var scoreFault: String?
    var entries: [Entry] = []
    for (index, line) in lines.lines.enumerated() {
      guard let first = lines.words(line).first, lines.bytes[first.lowerBound] != UInt8(ascii: "#") else {
        continue
      }
      var cells = try Self.cells(lines, line, index + 1, separator)
      if cells.allSatisfy(\.isEmpty) { continue }
      if let columns, cells.count == columns.count + 1, cells.last == "" { cells.removeLast() }
      guard let columns else {
        let header = try CSVColumns(cells, Self.commentedOrder(lines))
        columns = header
        if header.isHeader { continue }
        entries.append(try header.entry(cells, index + 1, &scoreFault))
        continue
      }
      entries.append(try columns.entry(cells, index + 1, &scoreFault))
    }
    let source = columns?.pixelSizeName
    let unusable = source == nil ? 0 : entries.count { $0.pixelSize == nil }
    self.init(
      format: "CSV", units: columns?.coordinates.units ?? .voxels, entries: entries,
      pixelSizeSource: source.map { "the column '\($0)'" },
      notes: (columns?.coordinates.notes ?? [])
        + (unusable == 0
          ? []
          : [
            "the column '\(source ?? "")' is no pixel size in \(unusable) rows: their coordinates were taken as voxels"
          ]))
    self.scoreFault = scoreFault
    isOwn = columns?.isOwn ?? false
    lengthUnit = columns?.coordinates.scale ?? 1
    // One tomogram's number need not be told from others'.
    let names = micrographs
    if names.count == 1, Int(names[0]) != nil {
      notes.append(
        "all its points are on the tomogram with the number \(names[0]), which was taken for this one")
      self.entries = entries.map { entry in
        var entry = entry
        entry.micrograph = nil
        return entry
      }
    }
  }

  /// The cells of a line, without blanks around them and without quotes.
  private static func cells(
    _ lines: TextLines, _ line: Range<Int>, _ number: Int, _ separator: CellSeparator
  ) throws -> [String] {
    guard case .byte(let separator) = separator else {
      let words = lines.words(line)
      try ColumnNames.check(count: words.count, line: number)
      return words.map(lines.text)
    }
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
      } else if byte == separator && !quoted {
        cells.append(trimmed(cell))
        try ColumnNames.check(count: cells.count + 1, line: number)
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

/// What parts the cells of a line.
enum CellSeparator: Equatable {
  case byte(UInt8)
  case blanks
}

/// Which columns of a CSV file hold x, y and z, and what these are: by the names `x`, `y`, `z`, those of napari and RELION,
/// or others that state a unit.
private struct Coordinates {
  private(set) var positions = [0, 1, 2]
  private(set) var units = PointTable.Units.voxels
  /// Angstroms of a unit, where they are lengths.
  private(set) var scale = 1.0
  /// What was taken for what.
  private(set) var notes: [String] = []

  /// x, y and z alone.
  init() {}

  /// x, y and z in the order of `names`, as a comment has them.
  init(order names: [String]) {
    positions = ["x", "y", "z"].compactMap { names.firstIndex(of: $0) }
    if positions != [0, 1, 2] {
      notes = [
        "a comment names the coordinates: they were taken in the order \(names.joined(separator: ", "))"
      ]
    }
  }

  /// - Parameter names: `cells`, the header, in small letters.
  /// - Throws: `Failure` if a coordinate is there twice or they have different units. Nil if one is not there.
  init?(_ cells: [String], _ names: [String]) throws {
    let axes = ["x", "y", "z"]
    let known: [(names: [String], units: PointTable.Units)] = [
      (axes, .voxels),
      // napari's, of volumes in time and of volumes.
      (names.contains("axis-3") ? ["axis-3", "axis-2", "axis-1"] : ["axis-2", "axis-1", "axis-0"], .voxels),
      (axes.map { "rlncenteredcoordinate\($0)angst" }, .centredAngstroms),
    ]
    let twice = Failure(.badData, "the header names a coordinate twice")
    for (wanted, units) in known {
      let found = wanted.compactMap { names.firstIndex(of: $0) }
      guard found.count == 3 else { continue }
      guard names.count(where: { wanted.contains($0) }) == 3 else { throw twice }
      (positions, self.units) = (found, units)
      return
    }
    let columns = cells.map { CoordinateColumn($0) }
    positions = axes.compactMap { axis in columns.firstIndex { $0?.axis == axis } }
    guard positions.count == 3, let unit = columns[positions[0]]?.unit else { return nil }
    guard columns.count(where: { $0 != nil }) == 3 else { throw twice }
    guard positions.allSatisfy({ columns[$0]?.unit == unit }) else {
      throw Failure(.badData, "the header names coordinates in different units")
    }
    if case .lengths(let length, let name) = unit {
      (units, scale) = (.angstroms, length)
      notes = ["the columns \(positions.map { "'\(cells[$0])'" }.joined(separator: ", ")) hold \(name)"]
    }
  }

  /// The same in `units`, if given.
  func taken(as units: PointTable.Units?) -> Coordinates {
    var coordinates = self
    coordinates.units = units ?? self.units
    return coordinates
  }
}

/// Where the columns of a CSV file are.
private struct CSVColumns {
  let isHeader: Bool
  let count: Int
  let coordinates: Coordinates
  private let micrograph: Int?
  private let score: Int?
  private let classes: [Int]
  private let label: Int?
  private let pixelSize: (column: Int, unit: Double)?
  private let size: ParticleSizeColumn?
  let pixelSizeName: String?
  /// Whether this program wrote it.
  let isOwn: Bool

  /// Reads the first line.
  ///
  /// - Parameter order: of coordinates without a header; nil: x, y, z.
  init(_ cells: [String], _ order: Coordinates?) throws {
    count = cells.count
    let names = cells.map { $0.lowercased() }
    if let coordinates = try Coordinates(cells, names) {
      isHeader = true
      micrograph = ColumnNames.tomogram(cells)
      score = ColumnNames.score(cells)
      pixelSize = ColumnNames.pixelSize(cells)
      pixelSizeName = pixelSize.map { cells[$0.column] }
      isOwn = names.contains { $0.hasPrefix("cryosam") }
      // The CZII challenge and copick have Angstroms.
      let areAngstroms =
        names.contains("experiment") && names.contains("particle_type") || names.contains("transform_00")
      self.coordinates = coordinates.taken(
        as: areAngstroms && coordinates.units == .voxels ? .angstroms : nil)
      size = self.coordinates.units == .voxels ? ColumnNames.particleSize(cells) : nil
      classes = names.indices.filter { PointTable.namesClass(names[$0]) }
      label = names.firstIndex { PointTable.namesLabel($0) }
      return
    }
    guard cells.count == 3, cells.allSatisfy({ Double($0) != nil }) else {
      throw Failure(
        .badData, "the header '\(cells.joined(separator: ",").prefix(60))' names no columns x, y, z",
        remedy:
          "name them x,y,z (voxels), x_angstrom,y_angstrom,z_angstrom, or axis-0,axis-1,axis-2 for z,y,x")
    }
    isHeader = false
    coordinates = order ?? Coordinates()
    micrograph = nil
    score = nil
    pixelSize = nil
    pixelSizeName = nil
    size = nil
    isOwn = false
    classes = []
    label = nil
  }

  func entry(_ cells: [String], _ line: Int, _ scoreFault: inout String?) throws -> PointTable.Entry {
    guard cells.count == count else {
      throw Failure(.badData, "line \(line) has \(cells.count) cells for \(count) columns")
    }
    let numbers = try zip(coordinates.positions, ["x", "y", "z"]).map {
      try finiteNumber(cells[$0], line: line, column: $1)
    }
    return PointTable.Entry(
      position: SIMD3(numbers[0], numbers[1], numbers[2]) * coordinates.scale,
      micrograph: micrograph.map { cells[$0] }.flatMap(PointTable.named),
      score: score.flatMap { column in
        optional(&scoreFault) { try finiteNumber(cells[column], line: line, column: "score") }
      }, classes: classes.map { cells[$0] }, label: label.flatMap { PointTable.label(cells[$0]) },
      pixelSize: pixelSize.flatMap { size in Double(cells[size.column]).map { $0 * size.unit } }.flatMap {
        $0 > 0 && $0 < 10_000 ? $0 : nil
      },
      radius: size?.radius(of: { cells[$0] }), line: line)
  }
}

/// Picks as CSV with the header `x,y,z,score,...`, in voxels; several tomograms' are named.
enum CSVPicks {
  static func text(_ tables: [PickTable]) -> String {
    let (haveKinds, haveScores) = (tables.haveKinds, tables.haveScores || tables.allSatisfy(\.picks.isEmpty))
    let areSeveral = tables.count > 1
    let header =
      ["x", "y", "z"] + (haveScores ? ["score"] : []) + (tables.first?.extraColumns ?? [])
      + (haveKinds ? ["class"] : []) + (areSeveral ? ["tomogram"] : [])
    let rows = tables.flatMap { table in
      table.picks.map { pick in
        PickTable.coordinates(pick) + (haveScores ? [PickTable.number(pick.figureOfMerit ?? 0)] : [])
          + pick.extras.map(PickTable.number) + (haveKinds ? [pick.kind ?? ""] : [])
          + (areSeveral ? [table.micrograph] : [])
      }
    }
    return CSV.text([header] + rows)
  }
}

extension PickTable {
  /// The table as CSV.
  public var csvText: String { CSVPicks.text([self]) }

  /// The positions alone, `X Y Z` to a line.
  public var plainText: String {
    picks.map { Self.coordinates($0).joined(separator: " ") + "\n" }.joined()
  }
}
