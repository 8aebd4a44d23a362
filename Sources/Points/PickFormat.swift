import Files
import Volumes

/// The formats of picks: what `PickTable`s are written in, and what a user may say that a table is.
public enum PickFormat: String, Sendable, CaseIterable {
  /// RELION 3's and this program's STAR, in voxels.
  case star
  case csv
  /// `X Y Z` to a line.
  case txt
  case relion4
  /// Centred Angstroms, with the set and the list for RELION's import job.
  case relion5
  case warp
  case warpNormalized = "warp-normalized"
  case copick
  /// The CryoET Data Portal's points.
  case ndjson
  /// The CryoET Data Portal's points with the numbers of instances.
  case ndjsonInstances = "ndjson-instances"
  /// IMOD's binary model.
  case imod
  /// Object, contour, x, y, z to a line, as IMOD's `point2model` reads it.
  case imodText = "imod-text"
  case dynamo
  case eman2
  case chimerax

  /// Other names that they go by, mostly those of programs and of files' endings.
  private static let otherNames: [String: PickFormat] = [
    "relion3": .star, "relion": .relion5, "relion-3": .star, "relion-4": .relion4, "relion-5": .relion5,
    "text": .txt, "m": .warp, "warp-normalised": .warpNormalized, "cz": .ndjson, "portal": .ndjson,
    "cz-instances": .ndjsonInstances, "portal-instances": .ndjsonInstances, "mod": .imod, "tbl": .dynamo,
    "eman": .eman2, "cmm": .chimerax,
  ]

  /// The format called `name`.
  public init?(named name: String) {
    let name = name.lowercased()
    guard let format = Self(rawValue: name) ?? Self.otherNames[name] else { return nil }
    self = format
  }

  /// Whether one file holds the picks of several tomograms.
  public var holdsSeveralTomograms: Bool {
    switch self {
    case .star, .csv, .relion4, .relion5, .warp, .warpNormalized, .dynamo: true
    case .txt, .copick, .ndjson, .ndjsonInstances, .imod, .imodText, .eman2, .chimerax: false
    }
  }

  /// How a file of this format ends.
  public var ending: String {
    switch self {
    case .star, .relion4, .relion5, .warp, .warpNormalized: ".star"
    case .csv: ".csv"
    case .txt, .imodText: ".txt"
    case .copick: ".json"
    case .ndjson, .ndjsonInstances: ".ndjson"
    case .imod: ".mod"
    case .dynamo: ".tbl"
    case .eman2: "_info.json"
    case .chimerax: ".cmm"
    }
  }

  /// What its file is called in a folder of results: no two formats' alike.
  public var fileName: String {
    switch self {
    case .relion4, .relion5, .warp, .warpNormalized, .copick: "picks-\(rawValue)\(ending)"
    case .ndjsonInstances: "picks-instances.ndjson"
    case .imodText: "picks-imod.txt"
    case .star, .csv, .txt, .ndjson, .imod, .dynamo, .eman2, .chimerax: "picks\(ending)"
    }
  }

  /// What its file is called in a folder of its own.
  public var mainName: String { self == .relion5 ? RELION5.particles : fileName }

  /// All files that it may make in a folder of results, first the one above.
  public var fileNames: [String] {
    switch self {
    case .relion5: RELION5.names(of: fileName)
    case .dynamo: [fileName, Dynamo.tomograms(of: fileName)]
    case .copick: (1...CopickPicks.kindLimit).map { CopickPicks.name(fileName, kind: $0) }
    default: [fileName]
    }
  }

  /// What of a tomogram must be known to write it.
  private var needs: (size: Bool, voxelSize: Bool) {
    switch self {
    case .relion5: (true, true)
    case .warpNormalized: (true, false)
    case .relion4, .copick, .chimerax: (false, true)
    default: (false, false)
    }
  }

  /// Checks that what must be known of the tomogram is known; to be called before long work.
  ///
  /// - Throws: `Failure` that says what is missing.
  public func check(_ geometry: Geometry?, series: TiltSeries? = nil, pixelSize: Double? = nil) throws {
    if needs.size, geometry == nil, series?.size == nil {
      throw Failure(
        .usage, "\(rawValue) needs the size of the tomogram, which is not known here",
        remedy: "name it with --tomogram, or give RELION's tomograms.star with --tomograms")
    }
    if needs.voxelSize, geometry?.hasVoxelSize != true, pixelSize == nil, series?.voxelSizeAngstroms == nil {
      throw Failure(
        .badData, "\(rawValue) needs the voxel size of the tomogram, which is not known",
        remedy: "give it with --voxel-size")
    }
  }

  func check(_ table: PickTable) throws {
    try check(table.geometry, series: table.series, pixelSize: table.pixelSizeAngstroms)
  }
}
