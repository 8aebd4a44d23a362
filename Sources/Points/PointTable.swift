import Files
import Volumes

/// Points read from a file, as they stand there: prompts, picks of another program, or truth.
///
/// Formats: STAR with RELION-3 or Warp voxel columns or RELION-5 centred Angstrom columns; crYOLO's `.cbox`; EMAN2's
/// and copick's JSON; the data portal's `.ndjson`; ChimeraX's `.cmm`; Dynamo's `.tbl`; CSV with a header; IMOD's models
/// and points with object and contour; plain text, `X Y Z` to a line; RELION's lists of such files. Voxel coordinates are
/// 0-based, the centre of the first voxel at 0.
public struct PointTable: Sendable {
  public enum Units: Sendable, Equatable, CustomStringConvertible {
    /// Voxels of the tomogram, or of the pixel size that an entry states.
    case voxels
    /// Angstroms from the centre of the first voxel (copick).
    case angstroms
    /// Fractions of the tomogram's sides (Warp's template matching).
    case fractions
    /// Angstroms from the middle of the tomogram (RELION 5).
    case centredAngstroms
    /// Angstroms with the origin of the tomogram's header (ChimeraX).
    case sceneAngstroms
    /// Pixels of this size from voxel (W / 2, H / 2, D / 2), the halves rounded down (EMAN2).
    case centredPixels(angstroms: Double)
    /// Pixels, of the size that an entry states, the centre of the first voxel at (0.5, 0.5, 0) (IMOD).
    case cornerPixels

    public var description: String {
      switch self {
      case .voxels: "voxels"
      case .angstroms: "Angstroms from the first voxel"
      case .fractions: "fractions of the tomogram's sides"
      case .centredAngstroms: "Angstroms from the middle of the tomogram"
      case .sceneAngstroms: "Angstroms from the origin of the tomogram's header"
      case .centredPixels(let size): "pixels of \(size) A from the middle of the tomogram"
      case .cornerPixels: "pixels from the corner of the tomogram (IMOD)"
      }
    }
  }

  public struct Entry: Sendable {
    /// (x, y, z) in the table's units.
    public internal(set) var position: SIMD3<Double>
    /// The tomogram that the table names for this point.
    public internal(set) var micrograph: String?
    /// The table's figure of merit.
    public let score: Double?
    /// What the table calls the kind of this point: names and numbers, if it has columns of such.
    public let classes: [String]
    /// Its number in a label volume, from the column `_cryosamInstance` or another that ends like it; 0 or nil: none.
    public let label: Int?
    /// The pixel size, in Angstroms, that the table states for this point's coordinates.
    public internal(set) var pixelSize: Double?
    /// The particle's radius, in the table's units; nil if it says none.
    public let radius: Double?
    /// The line of the file, from 1; in JSON and models the number of the box or point.
    public let line: Int

    public init(
      position: SIMD3<Double>, micrograph: String? = nil, score: Double? = nil, classes: [String] = [],
      label: Int? = nil, pixelSize: Double? = nil, radius: Double? = nil, line: Int
    ) {
      self.position = position
      self.micrograph = micrograph
      self.score = score
      self.classes = classes
      self.label = label
      self.pixelSize = pixelSize
      self.radius = radius
      self.line = line
    }
  }

  public internal(set) var path: String?
  public let format: String
  public internal(set) var units: Units
  public internal(set) var entries: [Entry]
  /// What states the entries' pixel sizes: a column or an option.
  var pixelSizeSource: String?
  /// Why two columns that state pixel sizes cannot both be right.
  var contradiction: Failure?
  /// Whether this program wrote it: then coordinates are voxels.
  var isOwn = false
  /// Whether coordinates are RELION's pixels of a tilt series, if no pixel size is stated.
  var countsSeriesPixels = false
  /// The Angstroms that coordinates were multiplied by when they were read.
  var lengthUnit = 1.0
  /// RELION's tilt series, if the user or a set of files named them.
  public internal(set) var tiltSeries: TiltSeriesTable?
  /// What is wrong with a score; scores that are no numbers stop only what needs them.
  public internal(set) var scoreFault: String?
  /// What was ignored or assumed.
  public internal(set) var notes: [String]

  init(
    format: String, units: Units, entries: [Entry], pixelSizeSource: String? = nil, notes: [String] = []
  ) {
    self.format = format
    self.units = units
    self.entries = entries
    self.pixelSizeSource = pixelSizeSource
    self.notes = notes
  }

  /// The pixel size that the table states, if it is one and the same for all points.
  public var pixelSizeAngstroms: Double? {
    guard let first = entries.first?.pixelSize, entries.allSatisfy({ $0.pixelSize == first }) else {
      return nil
    }
    return first
  }

  /// Reads the file at `path`: as `format`, or by its name or its contents, else as text.
  ///
  /// - Throws: `Failure` that names the line of what is malformed, or the columns that are missing.
  public init(_ path: String, as format: PickFormat? = nil) throws {
    try self.init(path, as: format, isListed: false)
  }

  /// - Parameter isListed: whether another file named it; it is no list of files itself then.
  init(_ path: String, as format: PickFormat?, isListed: Bool) throws {
    let bytes = try TextLines.contents(path)
    var table = try inFile(path) { try Self(bytes: bytes, name: path, as: format, isListed: isListed) }
    if table.path == nil { table.path = path }
    self = try table.namingTomograms()
  }

  /// Reads `bytes` as the file called `name` would be.
  public init(bytes: [UInt8], name: String, as format: PickFormat? = nil) throws {
    let table = try Self(bytes: bytes, name: name, as: format, isListed: false)
    self = try table.namingTomograms()
  }

  private init(bytes: [UInt8], name: String, as format: PickFormat?, isListed: Bool) throws {
    if format == .imod || (format == nil && IMODModel.isModel(bytes)) {
      self = try Self(model: bytes)
      return
    }
    let lines = try TextLines(bytes: bytes)
    if let format {
      self = try Self(lines, name: name, as: format, isListed: isListed)
      return
    }
    self = try Self(lines, name: name, isListed: isListed)
    if units == .voxels, !isOwn, Self.areFractions(entries) { units = .fractions }
  }

  /// Reads what a user says is of `format`.
  private init(_ lines: TextLines, name: String, as format: PickFormat, isListed: Bool) throws {
    switch format {
    case .star, .relion4, .relion5, .warp: self = try Self(star: lines, name: name, isListed: isListed)
    case .warpNormalized:
      var table = try Self(star: lines, name: name, isListed: isListed)
      table.units = .fractions
      self = table
    case .csv:
      self = try Self(csv: lines, separator: Self.separator(lines, isCSV: true) ?? .byte(UInt8(ascii: ",")))
    case .txt: self = try Self(text: lines, isListed: isListed)
    case .copick: self = try Self(copick: try lines.json())
    case .eman2: self = try Self(eman: try lines.json())
    case .ndjson, .ndjsonInstances: self = try Self(portal: lines)
    case .imod: self = try Self(model: lines.bytes)
    case .imodText: self = try Self(contours: lines, isTold: true)
    case .dynamo: self = try Self(dynamo: lines)
    case .chimerax: self = try Self(markers: lines)
    }
  }

  private init(_ lines: TextLines, name: String, isListed: Bool) throws {
    let isCSV = Path.ends(name, in: ".csv", ".tsv")
    if Path.ends(name, in: ".star", ".cbox") || (!isCSV && Self.looksLikeSTAR(lines)) {
      self = try Self(star: lines, name: name, isListed: isListed)
    } else if Self.looksLikePortal(lines) {
      self = try Self(portal: lines)
    } else if Path.ends(name, in: ".json") || Self.looksLikeJSON(lines) {
      self = try Self(json: try lines.json())
    } else if Path.ends(name, in: ".cmm") || Self.looksLikeXML(lines) {
      self = try Self(markers: lines)
    } else if let separator = Self.separator(lines, isCSV: isCSV) {
      self = try Self(csv: lines, separator: separator)
    } else if Path.ends(name, in: ".tbl") || Self.looksLikeDynamo(lines) {
      self = try Self(dynamo: lines)
    } else if Self.looksLikeContours(lines) {
      self = try Self(contours: lines)
    } else {
      self = try Self(text: lines, isListed: isListed)
    }
  }

  /// A STAR file's table, or those of the files that it lists.
  private init(star lines: TextLines, name: String, isListed: Bool) throws {
    let star = try STARFile(lines)
    if !isListed, let list = try FileList(star, at: name) {
      self = try list.table()
    } else {
      self = try Self(star: star)
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
}
