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
      _ geometry: Geometry?
    ) throws {
      self.picks = try picks.voxels(pickEntries, geometry)
      self.truth = try truth.voxels(truthEntries, geometry)
      (self.pickEntries, self.truthEntries) = (pickEntries, truthEntries)
    }
  }

  /// The points of `picks` and `truth`, tomogram by tomogram.
  ///
  /// With a `tomogram` (path or name) only its points count. Without one, tables that both name tomograms are
  /// paired by those names; a tomogram that only one of them names counts as without picks or without particles.
  ///
  /// - Throws: `Failure` when the tables have no tomogram in common, or only one of them names several.
  public static func paired(
    _ picks: PointTable, _ truth: PointTable, tomogram: String?, geometry: Geometry?
  ) throws -> [Pair] {
    if let tomogram {
      let name = TomogramName(tomogram)
      return [try Pair(picks, picks.entries(on: name), truth, truth.entries(on: name), geometry)]
    }
    let (inPicks, inTruth) = (picks.stems, truth.stems)
    if inPicks.isEmpty || inTruth.isEmpty {
      for (table, stems) in [(picks, inPicks), (truth, inTruth)] where stems.count > 1 {
        throw Failure(
          .badData, path: table.path, "names \(stems.count) tomograms, the other table none",
          remedy: "name the tomogram")
      }
      return [try Pair(picks, picks.entries, truth, truth.entries, geometry)]
    }
    guard inPicks.contains(where: inTruth.contains) else {
      throw Failure(
        .badData, path: picks.path,
        "names the tomogram \(inPicks[0]), but the truth \(inTruth[0]): none is in both tables",
        remedy: "name the tomogram alike in both tables")
    }
    return try (inTruth + inPicks.filter { !inTruth.contains($0) }).map { stem in
      let name = TomogramName(stem)
      return try Pair(picks, picks.entries(on: name), truth, truth.entries(on: name), geometry)
    }
  }

  /// The points on the tomogram `name` (a path or a bare name) in voxels, also those outside of it; none is no error.
  ///
  /// - Throws: `Failure` when the table needs a voxel size that is unknown.
  public func voxels(
    on name: String, _ geometry: Geometry
  ) throws -> (entries: [Entry], points: [VoxelPoint]) {
    let kept = entries(on: TomogramName(name))
    return (kept, try voxels(kept, geometry))
  }

  /// The entries on the tomogram `name`; those that name none are on every tomogram.
  private func entries(on name: TomogramName) -> [Entry] {
    entries.filter { $0.micrograph.map { TomogramName($0) == name } ?? true }
  }

  /// The tomograms named, each once, without what programs add to names.
  private var stems: [String] {
    var seen = Set<String>()
    return micrographs.map { TomogramName($0).stem }.filter { seen.insert($0).inserted }
  }
}
