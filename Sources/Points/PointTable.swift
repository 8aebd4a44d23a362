import Files
import Volumes

/// Points read from a file, as they stand there: prompts, picks of another program, or truth.
///
/// Formats: STAR with RELION-3 or Warp voxel columns or RELION-5 centred Angstrom columns; crYOLO's `.cbox`; EMAN2's
/// JSON; CSV with a header; plain text, `X Y Z` to a line. Voxel coordinates are 0-based, the centre of the first
/// voxel at 0.
public struct PointTable: Sendable {
  public enum Units: Sendable, Equatable {
    /// Voxels of the tomogram.
    case voxels
    /// Angstroms from the middle of the tomogram (RELION 5).
    case centredAngstroms
    /// Pixels of this size from voxel (W / 2, H / 2, D / 2), the halves rounded down (EMAN2).
    case centredPixels(angstroms: Double)
  }

  public struct Entry: Sendable {
    /// (x, y, z) in the table's units.
    public let position: SIMD3<Double>
    /// The tomogram that the table names for this point.
    public let micrograph: String?
    /// The table's figure of merit.
    public let score: Double?
    /// What the table calls the kind of this point: names and numbers, if it has columns of such.
    public let classes: [String]
    /// Its number in a label volume, from the column `_cryosamInstance` or another that ends like it; 0 or nil: none.
    public let label: Int?
    /// The line of the file, from 1; in JSON the number of the box.
    public let line: Int

    public init(
      position: SIMD3<Double>, micrograph: String? = nil, score: Double? = nil, classes: [String] = [],
      label: Int? = nil, line: Int
    ) {
      self.position = position
      self.micrograph = micrograph
      self.score = score
      self.classes = classes
      self.label = label
      self.line = line
    }
  }

  public let path: String?
  public let format: String
  public let units: Units
  public let entries: [Entry]
  /// The pixel size that the table states, if it is one and the same for all points.
  public let pixelSizeAngstroms: Double?
  /// What was ignored or assumed.
  public let notes: [String]

  init(
    path: String? = nil, format: String, units: Units, entries: [Entry], pixelSizeAngstroms: Double? = nil,
    notes: [String] = []
  ) {
    self.path = path
    self.format = format
    self.units = units
    self.entries = entries
    self.pixelSizeAngstroms = pixelSizeAngstroms
    self.notes = notes
  }

  /// Reads the file at `path`: STAR, JSON or CSV by its name or its contents, else text.
  ///
  /// - Throws: `Failure` that names the line of what is malformed, or the columns that are missing.
  public init(_ path: String) throws {
    let lines = try TextLines(path)
    let table = try inFile(path) { try Self(lines, name: path) }
    self.init(
      path: path, format: table.format, units: table.units, entries: table.entries,
      pixelSizeAngstroms: table.pixelSizeAngstroms, notes: table.notes)
  }

  /// Reads `bytes` as the file called `name` would be.
  public init(bytes: [UInt8], name: String) throws {
    try self.init(TextLines(bytes: bytes), name: name)
  }

  private init(_ lines: TextLines, name: String) throws {
    let isCSV = Path.ends(name, in: ".csv")
    if Path.ends(name, in: ".star", ".cbox") || (!isCSV && Self.looksLikeSTAR(lines)) {
      self = try Self(star: try STARFile(lines))
    } else if Path.ends(name, in: ".json") || Self.looksLikeJSON(lines) {
      self = try Self(eman: try JSON(parsing: lines.bytes))
    } else if isCSV || Self.looksLikeCSV(lines) {
      self = try Self(csv: lines)
    } else {
      self = try Self(text: lines)
    }
  }

  /// The tomograms that the table names, each once, in order of appearance.
  public var micrographs: [String] {
    var seen = Set<String>()
    return entries.compactMap { entry in
      guard let name = entry.micrograph, seen.insert(name).inserted else { return nil }
      return name
    }
  }

  /// The table's points in the tomogram `name` (a path or a bare name), in voxels.
  ///
  /// Points of other tomograms are left out, if the table names tomograms.
  ///
  /// - Throws: `Failure` when the table has no points, none on this tomogram, needs a voxel size that is unknown,
  ///   or has a point outside the volume.
  public func points(in geometry: Geometry, named name: String) throws -> [VoxelPoint] {
    try located(in: geometry, named: name).map(\.point)
  }

  /// The same with the entry of each.
  public func located(
    in geometry: Geometry, named name: String
  ) throws -> [(point: VoxelPoint, entry: Entry)] {
    let wanted = TomogramName(name)
    let kept = entries.filter { $0.micrograph.map { TomogramName($0) == wanted } ?? true }
    guard !kept.isEmpty else { throw noneKept(name) }
    let positions = try voxels(kept, geometry)
    for (entry, point) in zip(kept, positions) {
      guard geometry.contains(x: point.x, y: point.y, z: point.z) else {
        let place = [point.x, point.y, point.z].map { decimal($0, places: 2) }.joined(separator: ", ")
        throw Failure(
          .badData, path: path,
          "\(format == Self.emanFormat ? "box" : "line") \(entry.line): the point (\(place)) lies outside the tomogram of \(geometry.width) x "
            + "\(geometry.height) x \(geometry.depth) voxels",
          remedy:
            "coordinates are voxels of this tomogram, counted from 0; scale those picked at another binning")
      }
    }
    return zip(positions, kept).map { ($0, $1) }
  }

  /// `entries` in voxels. Centred Angstroms need the tomogram's geometry.
  public func voxels(_ entries: [Entry], _ geometry: Geometry?) throws -> [VoxelPoint] {
    switch units {
    case .voxels: return entries.map { VoxelPoint($0.position) }
    case .centredAngstroms:
      let geometry = try known(geometry)
      // RELION 5: voxel = Angstroms / pixel size + size / 2, the half of an odd size not rounded.
      let middle = SIMD3(Double(geometry.width), Double(geometry.height), Double(geometry.depth)) / 2
      return entries.map { VoxelPoint($0.position / geometry.voxelSizeAngstroms + middle) }
    case .centredPixels(let size):
      let geometry = try known(geometry)
      let middle = SIMD3(
        Double(geometry.width / 2), Double(geometry.height / 2), Double(geometry.depth / 2))
      return entries.map { VoxelPoint($0.position * size / geometry.voxelSizeAngstroms + middle) }
    }
  }

  /// The geometry that lengths from the middle of the tomogram need.
  private func known(_ geometry: Geometry?) throws -> Geometry {
    guard let geometry else {
      throw Failure(
        .usage, path: path, "holds lengths from the middle of the tomogram, whose size is not known here",
        remedy: "name the tomogram")
    }
    guard geometry.hasVoxelSize else {
      throw Failure(
        .badData, path: path, "holds Angstroms, but the tomogram's voxel size is unknown",
        remedy: "give voxel coordinates")
    }
    return geometry
  }

  private func noneKept(_ name: String) -> Failure {
    guard !entries.isEmpty else {
      return Failure(.badData, path: path, "holds no points", remedy: "give a table with at least one point")
    }
    let named = micrographs
    let shown =
      named.prefix(3).joined(separator: ", ") + (named.count > 3 ? " and \(named.count - 3) more" : "")
    return Failure(
      .badData, path: path,
      "none of its \(entries.count) points is on the tomogram \(TomogramName(name).stem); it names \(shown)",
      remedy: "rename the tomogram in the table, or take that column out")
  }
}
