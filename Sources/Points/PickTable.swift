import Files
import Platform
import Volumes

/// A particle found: its place and how good it is.
public struct Pick: Sendable, Equatable {
  public var position: VoxelPoint
  /// `rlnAutopickFigureOfMerit`: higher is better; nil if it is not known.
  public var figureOfMerit: Double?
  /// The values of the table's further columns.
  public var extras: [Double]
  /// What kind of particle it is, if there are several: `cryosamClass`.
  public var kind: String?
  /// Its number in a label volume, from 1.
  public var label: Int?
  /// In voxels: of the sphere that has as many as its mask.
  public var radius: Double?

  public init(
    position: VoxelPoint, figureOfMerit: Double?, extras: [Double] = [], kind: String? = nil,
    label: Int? = nil, radius: Double? = nil
  ) {
    self.position = position
    self.figureOfMerit = figureOfMerit
    self.extras = extras
    self.kind = kind
    self.label = label
    self.radius = radius
  }

  /// The radius of the sphere of so many voxels; nil for none.
  public static func radius(voxels: Double) -> Double? {
    voxels > 0 && voxels.isFinite ? cbrt(0.75 * voxels / .pi) : nil
  }
}

/// Picks on one tomogram, to be written in a `PickFormat`.
public struct PickTable: Sendable {
  /// The tomogram, as it is named in the tables.
  public let micrograph: String
  /// Left out of the tables if nil.
  public let pixelSizeAngstroms: Double?
  /// Further columns, named as in STAR without the underscore: `cryosamPredictedIoU`.
  public let extraColumns: [String]
  public let picks: [Pick]
  /// Where the tomogram's voxels are; nil if that is not known.
  public let geometry: Geometry?
  /// What RELION knows of it; nil if that was not said.
  public let series: TiltSeries?

  public init(
    micrograph: String, pixelSizeAngstroms: Double?, extraColumns: [String] = [], picks: [Pick],
    geometry: Geometry? = nil, series: TiltSeries? = nil
  ) {
    precondition(picks.allSatisfy { $0.extras.count == extraColumns.count })
    self.micrograph = micrograph
    self.pixelSizeAngstroms = pixelSizeAngstroms
    self.extraColumns = extraColumns
    self.picks = picks
    self.geometry = geometry
    self.series = series
  }

  /// The picks of one kind alone.
  public func ofKind(_ kind: String?) -> PickTable {
    PickTable(
      micrograph: micrograph, pixelSizeAngstroms: pixelSizeAngstroms, extraColumns: extraColumns,
      picks: picks.filter { $0.kind == kind }, geometry: geometry, series: series)
  }

  /// The same picks, all of the kind called `name`.
  public func renamed(_ name: String) -> PickTable {
    let renamed = picks.map { pick in
      var pick = pick
      pick.kind = name
      return pick
    }
    return PickTable(
      micrograph: micrograph, pixelSizeAngstroms: pixelSizeAngstroms, extraColumns: extraColumns,
      picks: renamed, geometry: geometry, series: series)
  }

  /// The kinds of its picks, each once, in order of appearance.
  public var kinds: [String?] { [self].kinds }

  /// The tomogram's name without folders, extensions and what programs add: `TS_01` of `TS_01_10.00Apx.mrc`. It names a
  /// file too.
  public var name: String {
    let stem = TomogramName(micrograph).stem
    return ["", ".", ".."].contains(stem) ? "tomogram" : stem
  }

  /// Angstroms along x, y, z; nil if unknown.
  public var voxelSize: SIMD3<Double>? {
    geometry.flatMap { $0.hasVoxelSize ? $0.voxelSizeAngstroms : nil }
      ?? (pixelSizeAngstroms ?? series?.voxelSizeAngstroms).map { SIMD3(repeating: $0) }
  }

  /// Writes `text`, one of a table's forms, to `path`.
  public static func write(_ text: String, to path: String) throws {
    try AtomicFile.write(Array(text.utf8), to: path)
  }

  /// A pick's x, y, z.
  static func coordinates(_ pick: Pick) -> [String] { coordinates(pick.position.position) }

  static func coordinates(_ place: SIMD3<Double>, places: Int = 4) -> [String] {
    [place.x, place.y, place.z].map { decimal($0, places: places) }
  }

  /// Whole numbers without a fraction, others with six places.
  static func number(_ value: Double) -> String {
    decimal(value, places: value == value.rounded() && abs(value) < 1e12 ? 0 : 6)
  }
}

extension [PickTable] {
  /// The kinds of all picks, each once, in order of appearance.
  public var kinds: [String?] {
    var seen = Set<String?>()
    return flatMap(\.picks).map(\.kind).filter { seen.insert($0).inserted }
  }

  /// Whether the picks' kinds are told: if one has a name.
  var haveKinds: Bool { contains { $0.picks.contains { $0.kind != nil } } }

  /// Whether one pick has a score.
  var haveScores: Bool { contains { $0.picks.contains { $0.figureOfMerit != nil } } }
}
