import Files

/// A particle found: its place and how good it is.
public struct Pick: Sendable, Equatable {
  public var position: VoxelPoint
  /// `rlnAutopickFigureOfMerit`: higher is better.
  public var figureOfMerit: Double
  /// The values of the table's further columns.
  public var extras: [Double]

  public init(position: VoxelPoint, figureOfMerit: Double, extras: [Double] = []) {
    self.position = position
    self.figureOfMerit = figureOfMerit
    self.extras = extras
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

  /// The table as STAR.
  public var starText: String {
    var columns = ["rlnMicrographName", "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
    columns.append("rlnAutopickFigureOfMerit")
    if pixelSizeAngstroms != nil { columns.append("rlnPixelSize") }
    columns += extraColumns
    var text = "\n# version 30001\n\ndata_particles\n\nloop_\n"
    for (index, column) in columns.enumerated() { text += "_\(column) #\(index + 1)\n" }
    let name = Self.quoted(micrograph)
    let pixel = pixelSizeAngstroms.map { [decimal($0, places: 4)] } ?? []
    for pick in picks {
      let cells =
        Self.coordinates(pick) + [Self.number(pick.figureOfMerit)] + pixel + pick.extras.map(Self.number)
      text += name + cells.map { Self.padded($0, to: 12) }.joined() + "\n"
    }
    return text + "\n"
  }

  /// The table as CSV with the header `x,y,z,score,...`.
  public var csvText: String {
    var text = (["x", "y", "z", "score"] + extraColumns).joined(separator: ",") + "\n"
    for pick in picks {
      text += (Self.coordinates(pick) + ([pick.figureOfMerit] + pick.extras).map(Self.number)).joined(
        separator: ",")
      text += "\n"
    }
    return text
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

  private static func padded(_ text: String, to width: Int) -> String {
    " " + String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// A STAR value; one with blanks stands in quotes. Line ends and double quotes cannot be written.
  private static func quoted(_ name: String) -> String {
    let plain = String(name.map { $0.isNewline || $0 == "\"" ? "_" : $0 })
    let needed =
      plain.isEmpty || plain.contains { $0.isWhitespace } || ["#", "_", "'", ";"].contains(plain.first)
    return needed ? "\"\(plain)\"" : plain
  }
}
