import Files

/// What columns of tables are called.
enum ColumnNames {
  /// Columns of a table, at most: far more than any program writes.
  static let limit = 1000

  /// - Throws: `Failure` if a table has more than `limit` columns.
  static func check(count: Int, line: Int) throws {
    guard count <= limit else {
      throw Failure(.badData, "line \(line): a table has more than \(limit) columns")
    }
  }

  /// The column that names tomograms.
  static func tomogram(_ columns: [String]) -> Int? {
    first(
      of: [
        "tomoname", "micrographname", "micrograph", "tomogram", "tomogramname", "sourcename", "runname",
        "experiment", "tiltseries", "tiltseriesname", "tsname", "tomo", "tomoid", "tomogramid", "run",
        "runid",
      ], in: columns)
  }

  /// The column of scores: RELION's, else another program's.
  static func score(_ columns: [String]) -> Int? {
    first(of: ["autopickfigureofmerit", "score"], in: columns)
      ?? columns.firstIndex { column in
        let name = plain(column)
        return !name.hasPrefix("cryosam")
          && ["score", "lccmax", "figureofmerit", "confidence"].contains { name.hasSuffix($0) }
      }
  }

  /// The column of CSV that says the pixel size of coordinates, and its unit in Angstroms.
  static func pixelSize(_ columns: [String]) -> (column: Int, unit: Double)? {
    let names = ["pixelsize", "voxelsize", "voxelspacing", "pixelspacing", "angpix", "apix"]
    let units: [(endings: [String], unit: Double)] = [
      (["", "a", "å", "ang", "angstrom", "angstroms"], 1), (["nm", "nanometers"], 10),
    ]
    return units.lazy.compactMap { endings, unit in
      first(of: names.flatMap { name in endings.map { name + $0 } }, in: columns).map { ($0, unit) }
    }.first
  }

  /// The column of this program's that says how large particles are.
  static func particleSize(_ columns: [String]) -> ParticleSizeColumn? {
    if let column = columns.firstIndex(of: ParticleSizeColumn.radius) {
      return ParticleSizeColumn(column: column, isVoxels: false)
    }
    return columns.firstIndex(of: "cryosamVoxels").map { ParticleSizeColumn(column: $0, isVoxels: true) }
  }

  private static func first(of names: [String], in columns: [String]) -> Int? {
    let found = columns.map(plain)
    return names.lazy.compactMap { name in found.firstIndex(of: name) }.first
  }

  /// In small letters and digits, without the program's prefix: `rlnTomoName` and `tomo_name` are `tomoname`.
  private static func plain(_ column: String) -> String {
    var name = column[...]
    for prefix in ["rln", "wrp"] where name.hasPrefix(prefix) { name = name.dropFirst(3) }
    return String(name.lowercased().filter { $0.isLetter || $0.isNumber })
  }
}

/// A column that says how large particles are: by their radius in voxels, or by their voxels.
struct ParticleSizeColumn {
  /// What it is called in tables that other tables were converted to.
  static let radius = "cryosamRadius"

  let column: Int
  let isVoxels: Bool

  /// The radius in voxels; nil if the cell says none.
  func radius(of cell: (Int) -> String) -> Double? {
    guard let number = try? finiteNumber(cell(column), line: 0, column: ""), number > 0 else { return nil }
    return isVoxels ? Pick.radius(voxels: number) : number
  }
}

/// A column of CSV that holds a coordinate, and in which unit it says so: `X (px)`, `x_nm`, `pos_z`, `y [A]`.
struct CoordinateColumn {
  enum Unit: Equatable {
    case voxels
    /// Of so many Angstroms.
    case lengths(Double, name: String)
  }

  /// `x`, `y` or `z`.
  let axis: String
  let unit: Unit

  private static let fillers = [
    "pos", "position", "coord", "coordinate", "coordinates", "center", "centre", "loc",
  ]
  private static let units: [String: Unit] = [
    "px": .voxels, "pix": .voxels, "pixel": .voxels, "pixels": .voxels, "vx": .voxels, "vox": .voxels,
    "voxel": .voxels, "voxels": .voxels, "å": .angstroms, "ang": .angstroms, "angst": .angstroms,
    "angstrom": .angstroms, "angstroms": .angstroms, "ångström": .angstroms, "nm": .nanometres,
    "nanometer": .nanometres, "nanometers": .nanometres, "um": .micrometres, "µm": .micrometres,
    "μm": .micrometres,
  ]

  /// Nil if it is another column.
  init?(_ name: String) {
    let lowered = name.lowercased()
    // In brackets alone A is a unit.
    let isAngstrom = ["(a)", "[a]"].contains { lowered.hasSuffix($0) }
    let text =
      lowered.hasPrefix("rlncoordinate") ? lowered.dropFirst(13) : lowered.dropLast(isAngstrom ? 3 : 0)
    let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    let axes = words.filter { ["x", "y", "z"].contains($0) }
    let units = words.compactMap { Self.units[$0] } + (isAngstrom ? [.angstroms] : [])
    let others = words.filter { Self.units[$0] == nil && !Self.fillers.contains($0) }
    guard axes.count == 1, others == axes, units.count <= 1 else { return nil }
    (axis, unit) = (axes[0], units.first ?? .voxels)
  }
}

extension CoordinateColumn.Unit {
  fileprivate static let angstroms = Self.lengths(1, name: "Angstroms")
  fileprivate static let nanometres = Self.lengths(10, name: "nanometres")
  fileprivate static let micrometres = Self.lengths(10_000, name: "micrometres")
}

/// The pixel sizes that a STAR file states for the voxel coordinates of a table.
///
/// RELION 4 counts voxels of the tilt series, whose size is in the table of optics groups; Warp and this program write
/// `_rlnPixelSize`; pytom `_rlnDetectorPixelSize`, in RELION a detector's in micrometres beside `_rlnMagnification`.
/// `_rlnImagePixelSize` is that of particles' images and says nothing of coordinates.
struct StatedPixelSize {
  let source: String
  private let sizes: [Double?]
  let contradiction: Failure?
  let notes: [String]

  private static let columns = ["rlnPixelSize", "rlnTomoTiltSeriesPixelSize", "rlnMicrographPixelSize"]

  /// Nil if nothing is stated.
  init?(_ star: STARFile, _ block: STARFile.Block) {
    let optics = Optics(star, block)
    var stated = Self.columns.compactMap { name in
      optics.values(name).map { (source: "_" + name, sizes: $0) }
    }
    if let detector = optics.values("rlnDetectorPixelSize") {
      if let magnification = optics.values("rlnMagnification") {
        let sizes = zip(detector, magnification).map { detector, magnification -> Double? in
          guard let detector, let magnification, magnification > 0 else { return nil }
          // Micrometres to Angstroms.
          return detector * 1e4 / magnification
        }
        stated.append(("_rlnDetectorPixelSize with _rlnMagnification", sizes))
      } else {
        stated.append(("_rlnDetectorPixelSize", detector))
      }
    }
    guard let first = stated.first else { return nil }
    source = first.source
    sizes = first.sizes.map { size in size.flatMap { Self.plausible.contains($0) ? $0 : nil } }
    let unusable = sizes.count { $0 == nil }
    notes =
      unusable == 0
      ? [] : ["\(source) is no pixel size in \(unusable) rows: their coordinates were taken as voxels"]
    let other = stated.dropFirst().first { other in
      zip(first.sizes, other.sizes).contains { one, two in
        guard let one, let two else { return false }
        return abs(one - two) > 0.01 * abs(one)
      }
    }
    contradiction = other.map { other in
      Failure(
        .badData, "\(first.source) and \(other.source) state different pixel sizes of its coordinates",
        remedy: "say which with --point-pixel-size")
    }
  }

  private static let plausible = 0.05...10_000.0

  func size(ofRow row: Int) -> Double? { sizes[row] }
}

/// A table's columns together with those of its optics groups.
private struct Optics {
  private let star: STARFile
  private let block: STARFile.Block
  private let groups: STARFile.Block?

  init(_ star: STARFile, _ block: STARFile.Block) {
    (self.star, self.block) = (star, block)
    groups = star.blocks.first { $0.name == "optics" }
  }

  /// For each row of the table the value of `column`; nil if no table has it.
  func values(_ column: String) -> [Double?]? {
    func number(_ text: String) -> Double? { try? finiteNumber(text, line: 0, column: column) }
    if let own = block.column(column) {
      return (0..<block.rowCount).map { number(star.value(block, row: $0, column: own)) }
    }
    guard let groups, let stated = groups.column(column) else { return nil }
    let sizes = (0..<groups.rowCount).map { number(star.value(groups, row: $0, column: stated)) }
    guard let key = block.column("rlnOpticsGroup"), let keys = groups.column("rlnOpticsGroup") else {
      // Without groups in the rows what all groups have is of all.
      guard let first = sizes.first, sizes.allSatisfy({ $0 == first }) else { return nil }
      return Array(repeating: first, count: block.rowCount)
    }
    let byGroup = Dictionary(
      (0..<groups.rowCount).map { (star.value(groups, row: $0, column: keys), sizes[$0]) }
    ) { first, _ in first }
    return (0..<block.rowCount).map { byGroup[star.value(block, row: $0, column: key)] ?? nil }
  }
}

/// What `body` reads, or nil; the first fault is kept.
func optional<Value>(_ fault: inout String?, _ body: () throws -> Value) -> Value? {
  do { return try body() } catch {
    if fault == nil { fault = (error as? Failure)?.reason ?? "\(error)" }
    return nil
  }
}
