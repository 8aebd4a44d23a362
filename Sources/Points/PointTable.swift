import Files
import Volumes

/// Points read from a file, as they stand there: prompts, picks of another program, or truth.
///
/// Formats: STAR with RELION-3 or Warp voxel columns or RELION-5 centred Angstrom columns; crYOLO's `.cbox`; EMAN2's
/// and copick's JSON; the data portal's `.ndjson`; ChimeraX's `.cmm`; Dynamo's `.tbl`; CSV with a header; IMOD's points
/// with object and contour; plain text, `X Y Z` to a line. Voxel coordinates are 0-based, the centre of the first voxel
/// at 0.
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

    public var description: String {
      switch self {
      case .voxels: "voxels"
      case .angstroms: "Angstroms from the first voxel"
      case .fractions: "fractions of the tomogram's sides"
      case .centredAngstroms: "Angstroms from the middle of the tomogram"
      case .sceneAngstroms: "Angstroms from the origin of the tomogram's header"
      case .centredPixels(let size): "pixels of \(size) A from the middle of the tomogram"
      }
    }
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
    /// The pixel size, in Angstroms, that the table states for this point's coordinates.
    public internal(set) var pixelSize: Double?
    /// The line of the file, from 1; in JSON the number of the box.
    public let line: Int

    public init(
      position: SIMD3<Double>, micrograph: String? = nil, score: Double? = nil, classes: [String] = [],
      label: Int? = nil, pixelSize: Double? = nil, line: Int
    ) {
      self.position = position
      self.micrograph = micrograph
      self.score = score
      self.classes = classes
      self.label = label
      self.pixelSize = pixelSize
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

  /// Reads the file at `path`: by its name or its contents, else as text.
  ///
  /// - Throws: `Failure` that names the line of what is malformed, or the columns that are missing.
  public init(_ path: String) throws {
    let lines = try TextLines(path)
    self = try inFile(path) { try Self(lines, name: path) }
    self.path = path
  }

  /// Reads `bytes` as the file called `name` would be.
  public init(bytes: [UInt8], name: String) throws {
    try self.init(TextLines(bytes: bytes), name: name)
  }

  private init(_ lines: TextLines, name: String) throws {
    let isCSV = Path.ends(name, in: ".csv", ".tsv")
    if Path.ends(name, in: ".star", ".cbox") || (!isCSV && Self.looksLikeSTAR(lines)) {
      self = try Self(star: try STARFile(lines))
    } else if Self.looksLikePortal(lines) {
      self = try Self(portal: lines)
    } else if Path.ends(name, in: ".json") || Self.looksLikeJSON(lines) {
      self = try Self(json: try JSON(parsing: lines.bytes))
    } else if Path.ends(name, in: ".cmm") || Self.looksLikeXML(lines) {
      self = try Self(markers: lines)
    } else if let separator = Self.separator(lines, isCSV: isCSV) {
      self = try Self(csv: lines, separator: separator)
    } else if Path.ends(name, in: ".tbl") || Self.looksLikeDynamo(lines) {
      self = try Self(dynamo: lines)
    } else if Self.looksLikeContours(lines) {
      self = try Self(contours: lines)
    } else {
      self = try Self(text: lines)
    }
    if units == .voxels, !isOwn, Self.areFractions(entries) { units = .fractions }
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
