import Files
import Volumes

/// A particle found: its place and how good it is.
public struct Pick: Sendable, Equatable {
  public var position: VoxelPoint
  /// `rlnAutopickFigureOfMerit`: higher is better.
  public var figureOfMerit: Double
  /// The values of the table's further columns.
  public var extras: [Double]
  /// What kind of particle it is, if there are several: `cryosamClass`.
  public var kind: String?

  public init(position: VoxelPoint, figureOfMerit: Double, extras: [Double] = [], kind: String? = nil) {
    self.position = position
    self.figureOfMerit = figureOfMerit
    self.extras = extras
    self.kind = kind
  }
}

/// Picks to be written as STAR (RELION-3 and Warp style voxels), CSV or text.
public struct PickTable: Sendable {
  /// The tomogram, as it is named in the tables.
  public let micrograph: String
  /// Left out of the tables if nil.
  public let pixelSizeAngstroms: Double?
  /// Further columns, named as in STAR without the underscore: `cryosamPredictedIoU`.
  public let extraColumns: [String]
  public let picks: [Pick]

  public init(micrograph: String, pixelSizeAngstroms: Double?, extraColumns: [String] = [], picks: [Pick]) {
    precondition(picks.allSatisfy { $0.extras.count == extraColumns.count })
    self.micrograph = micrograph
    self.pixelSizeAngstroms = pixelSizeAngstroms
    self.extraColumns = extraColumns
    self.picks = picks
  }

  /// Whether the picks' kinds are told: if one has a name.
  private var hasKinds: Bool { picks.contains { $0.kind != nil } }

  /// The table as STAR.
  public var starText: String {
    let hasKinds = hasKinds
    var columns = ["rlnMicrographName", "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
    columns.append("rlnAutopickFigureOfMerit")
    if pixelSizeAngstroms != nil { columns.append("rlnPixelSize") }
    columns += extraColumns
    if hasKinds { columns.append("cryosamClass") }
    var star = STARWriter(block: "particles", columns: columns)
    let name = STARWriter.quoted(micrograph)
    let pixel = pixelSizeAngstroms.map { [decimal($0, places: 4)] } ?? []
    for pick in picks {
      star.add(
        Self.coordinates(pick) + [Self.number(pick.figureOfMerit)] + pixel + pick.extras.map(Self.number)
          + (hasKinds ? [STARWriter.quoted(pick.kind ?? "")] : []),
        lead: name, width: 13)
    }
    return star.file
  }

  /// The table as CSV with the header `x,y,z,score,...`.
  public var csvText: String {
    let hasKinds = hasKinds
    return CSV.text(
      [["x", "y", "z", "score"] + extraColumns + (hasKinds ? ["class"] : [])]
        + picks.map {
          Self.coordinates($0) + ([$0.figureOfMerit] + $0.extras).map(Self.number)
            + (hasKinds ? [$0.kind ?? ""] : [])
        })
  }

  /// The positions alone, `X Y Z` to a line.
  public var plainText: String {
    picks.map { Self.coordinates($0).joined(separator: " ") + "\n" }.joined()
  }

  /// Writes `text`, one of the above, to `path`.
  public static func write(_ text: String, to path: String) throws {
    try AtomicFile.write(Array(text.utf8), to: path)
  }

  private static func coordinates(_ pick: Pick) -> [String] {
    [pick.position.x, pick.position.y, pick.position.z].map { decimal($0, places: 4) }
  }

  /// Whole numbers without a fraction, others with six places.
  private static func number(_ value: Double) -> String {
    decimal(value, places: value == value.rounded() && abs(value) < 1e12 ? 0 : 6)
  }
}
