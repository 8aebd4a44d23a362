import Files
import Volumes

extension PointTable {
  /// The points of one tomogram in two tables, in voxels.
  public struct Pair: Sendable {
    public let picks: [VoxelPoint]
    public let truth: [VoxelPoint]
    /// The rows that `picks` come from.
    public let pickEntries: [Entry]
    /// The rows that `truth` comes from.
    public let truthEntries: [Entry]

    fileprivate init(
      _ picks: PointTable, _ pickEntries: [Entry], _ truth: PointTable, _ truthEntries: [Entry],
      _ frame: Frame
    ) throws {
      self.picks = try picks.voxels(pickEntries, frame)
      self.truth = try truth.voxels(truthEntries, frame)
      (self.pickEntries, self.truthEntries) = (pickEntries, truthEntries)
    }
  }

  /// The points of two tables, tomogram by tomogram, and what was done to bring them to the same voxels.
  public struct Pairs: Sendable {
    public let groups: [Pair]
    /// Of the picks and of the truth.
    public let remarks: (picks: [String], truth: [String])
  }

  /// The points of `picks` and `truth`, tomogram by tomogram.
  ///
  /// With a `tomogram` (path or name) only its points count. Without one, tables that both name tomograms are
  /// paired by those names; a tomogram that only one of them names counts as without picks or without particles.
  /// Points become voxels of `geometry`; without it, those of the pixel size that the picks state, or else the truth.
  ///
  /// - Throws: `Failure` when the tables have no tomogram in common, only one of them names several, the picks name
  ///   another tomogram alone, or there is no particle.
  public static func paired(
    _ picks: PointTable, _ truth: PointTable, tomogram: String?, geometry: Geometry?
  ) throws -> Pairs {
    let frame = Frame(geometry, voxelSizeAngstroms: usualPixelSize(picks, truth))
    let entries = try pairedEntries(picks, truth, tomogram)
    guard entries.contains(where: { !$0.truth.isEmpty }) else {
      throw truth.noneKept(tomogram ?? truth.path ?? "")
    }
    let groups = try entries.map { try Pair(picks, $0.picks, truth, $0.truth, frame) }
    let owner = geometry == nil ? "the picks" : "the tomogram"
    func remarks(_ table: PointTable, _ entries: [Entry], _ points: [VoxelPoint]) -> [String] {
      (tomogram.map { table.remarks(onName: $0) } ?? []) + table.remarks(entries, frame, of: owner)
        + (geometry.flatMap { $0.remark(onPoints: points) }.map { [$0] } ?? [])
    }
    return Pairs(
      groups: groups,
      remarks: (
        remarks(picks, entries.flatMap(\.picks), groups.flatMap(\.picks)),
        remarks(truth, entries.flatMap(\.truth), groups.flatMap(\.truth))
      ))
  }

  /// The pixel size in which two tables are compared where no tomogram says one.
  public static func usualPixelSize(_ picks: PointTable, _ truth: PointTable) -> Double? {
    picks.entries.lazy.compactMap(\.pixelSize).first ?? truth.entries.lazy.compactMap(\.pixelSize).first
  }

  private static func pairedEntries(
    _ picks: PointTable, _ truth: PointTable, _ tomogram: String?
  ) throws -> [(picks: [Entry], truth: [Entry])] {
    if let tomogram {
      let own = try picks.entries(on: tomogram)
      // A table of this one tomogram alone names it otherwise; one of many may have no pick on it.
      if own.isEmpty, picks.stems.count == 1 { throw picks.noneKept(tomogram) }
      return [(own, try truth.entries(on: tomogram))]
    }
    let (inPicks, inTruth) = (picks.stems, truth.stems)
    if inPicks.isEmpty || inTruth.isEmpty {
      for (table, stems) in [(picks, inPicks), (truth, inTruth)] where stems.count > 1 {
        throw Failure(
          .badData, path: table.path, "names \(stems.count) tomograms, the other table none",
          remedy: "name the tomogram")
      }
      return [(picks.entries, truth.entries)]
    }
    var paired = Set<String>()
    let pairs = try inTruth.map { stem in
      let names = try picks.names(of: stem)
      paired.formUnion(names.map { TomogramName($0).stem })
      return (picks: try picks.entries(on: stem), truth: try truth.entries(on: stem))
    }
    guard !paired.isEmpty else {
      throw Failure(
        .badData, path: picks.path,
        "names the tomogram \(inPicks[0]), but the truth \(inTruth[0]): none is in both tables",
        remedy: "name the tomogram alike in both tables")
    }
    return try pairs
      + inPicks.filter { !paired.contains($0) }.map { (picks: try picks.entries(on: $0), truth: []) }
  }

  /// The points on the tomogram `name` (a path or a bare name) in voxels, also those outside of it; none is no error.
  ///
  /// - Throws: `Failure` when the table needs a voxel size that is unknown.
  public func voxels(
    on name: String, _ geometry: Geometry
  ) throws -> (entries: [Entry], points: [VoxelPoint]) {
    let kept = try entries(on: name)
    return (kept, try voxels(kept, geometry))
  }

  /// The tomograms named, each once, without what programs add to names.
  private var stems: [String] {
    var seen = Set<String>()
    return micrographs.map { TomogramName($0).stem }.filter { seen.insert($0).inserted }
  }
}
