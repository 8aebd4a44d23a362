import Cryo
import Evaluation
import Files
import Images
import Platform
import Points
import Runs
import Volumes

/// A run's result as one page that needs nothing else: `report.html`.
///
/// Everything but the tomogram is read from the run's folder, so that the page can be made again later, with truth.
public struct RunReport: Sendable {
  struct ScoredPoint: Sendable {
    let point: VoxelPoint
    let score: Double?
  }

  /// Something that was found.
  struct Finding: Sendable {
    /// Its number: its label, if it is a pick.
    let label: Int?
    /// Its middle, as in tables.
    let point: VoxelPoint
    let score: Double?
    /// Its voxels over the clicked particles'.
    let size: Double?
    /// Of its label; of its mask if it is no pick.
    let voxels: Int
    /// What it is most like, among `kinds`.
    let kind: Int
    /// Whether it is more like something that picks must not be.
    var isUnwanted = false
    /// What it covers, if it is no pick.
    var mask = VoxelMask.empty
  }

  /// What was looked for.
  struct Sought: Sendable {
    /// nil if it is but one thing, without a name.
    let name: String?
    /// The number of its colour.
    let number: Int
    let prompts: [VoxelPoint]
    /// Voxels of a clicked particle, the mean; nil if that is not known.
    let voxels: Double?
    /// The least score of a pick, if finds were judged.
    let threshold: Double?
  }

  /// A level of matching: cosine similarity at its samples; 0 where a coarser level ruled the place out.
  struct Level: Sendable {
    let ratio: Int
    let map: Tomogram
  }

  /// What the result is compared with.
  public struct Truth: Sendable {
    let points: [VoxelPoint]
    let radius: Length
    let evaluation: TableEvaluation
    let figures: EvaluationFigures
    /// What was done to the coordinates of the table.
    public let notes: [String]
  }

  let record: JSON
  let tomogram: Tomogram
  let stretch: ContrastStretch
  /// The label volume.
  let labels: Tomogram
  let prompts: [VoxelPoint]
  let kinds: [Sought]
  let proposals: [ScoredPoint]
  /// As in the table of picks.
  let picks: [Finding]
  /// The number of the colour of each label, if picks are of several kinds: that of its kind.
  private let tints: [Int: Int]
  /// Whether finds were judged.
  let isJudged: Bool
  /// The finds that are no picks, best first, if they were judged.
  let others: [Finding]
  /// Coarsest first.
  let levels: [Level]
  let truth: Truth?

  /// Reads the results in `folder`.
  ///
  /// - Parameters:
  ///   - record: what `run.json` holds or will hold.
  ///   - stretch: how SAM saw the tomogram; nil: as the record's parameters say.
  /// - Throws: `Failure` if a file is missing or does not belong to the tomogram.
  public init(
    _ folder: String, record: JSON, tomogram: Tomogram, stretch: ContrastStretch? = nil, truth: Truth? = nil
  ) throws {
    self.record = record
    self.tomogram = tomogram
    self.truth = truth
    self.stretch = try stretch ?? PipelineParameters(contrastOf: record).stretch(tomogram)
    labels = try Tomogram(ResultNames.instances(in: folder))
    guard labels.shape == tomogram.shape else {
      throw Failure(
        .badData, path: labels.path, "has another size than the tomogram",
        remedy: "give the tomogram that was segmented")
    }
    prompts = Self.prompts(record, in: tomogram).map(\.point)
    let kinds = Self.sought(record, in: tomogram)
    self.kinds = kinds
    proposals = try Self.points("\(folder)/\(ResultNames.proposals)", tomogram)
    guard let table = Self.picks(in: folder) else {
      throw Failure(.noInput, path: folder, "holds no picks", remedy: "give the folder of a complete run")
    }
    let found =
      access("\(folder)/\(ResultNames.finds)", F_OK) == 0 ? try FindTable(in: folder, of: tomogram) : nil
    isJudged = !(found?.finds.isEmpty ?? true)
    picks = try Self.picks(table, found, LabelMeasures(labels), kinds, in: tomogram)
    others = found.map { zip($0.finds, $0.isPick).filter { !$0.1 }.map { Finding($0.0) } } ?? []
    tints = Dictionary(
      picks.compactMap { pick in
        guard let label = pick.label, kinds.indices.contains(pick.kind), kinds[pick.kind].name != nil else {
          return nil
        }
        return (label, kinds[pick.kind].number)
      }
    ) { first, _ in first }
    levels = try ResultNames.similarityMaps(Self.ratios(record)).compactMap { name, ratio in
      guard access("\(folder)/\(name)", F_OK) == 0 else { return nil }
      return Level(ratio: ratio, map: try Tomogram("\(folder)/\(name)"))
    }
  }

  /// The number of the colour of `label`.
  func tint(_ label: Int) -> Int { tints[label] ?? label }

  /// The ratios of the run's levels, coarsest first.
  private static func ratios(_ record: JSON) -> [Int] {
    let parameters = record["parameters"]
    if parameters?["matching"]?.string == Matching.naive.rawValue { return [1] }
    return parameters?["ratios"]?.array?.compactMap(\.int) ?? PipelineParameters.usual.pyramid
  }

  /// The table of picks in `folder`, the one that tells most.
  public static func picks(in folder: String) -> String? {
    PickFormat.allCases.map { "\(folder)/\($0.fileName)" }.first { access($0, F_OK) == 0 }
  }

  /// The points of a table that this program wrote; none if it is not there.
  static func points(_ path: String, _ tomogram: Tomogram) throws -> [ScoredPoint] {
    guard access(path, F_OK) == 0 else { return [] }
    let table = try PointTable(path)
    return zip(try table.voxels(table.entries, tomogram.geometry), table.entries).map {
      ScoredPoint(point: $0, score: $1.score)
    }
  }
}

extension RunReport.Truth {
  /// The picks of the run in `folder` against the particles of `table`.
  ///
  /// - Throws: `Failure` if a table cannot be read, or the radius is in Angstroms and no voxel size known.
  public init(
    _ table: PointTable, radius: Length, folder: String, tomogram: Tomogram, instances: LabelComparison?
  ) throws {
    guard let path = RunReport.picks(in: folder) else {
      throw Failure(.noInput, path: folder, "holds no picks", remedy: "give the folder of a complete run")
    }
    let picks = try PointTable(path)
    let geometry = tomogram.geometry
    let scale = try radius.scale(
      voxelSizeAngstroms: geometry.hasVoxelSize ? geometry.voxelSizeAngstroms : nil)
    let pairs = try PointTable.paired(
      picks, table, tomogram: picks.micrographs.first ?? tomogram.tableName, geometry: geometry)
    points = pairs.groups.flatMap(\.truth)
    notes = pairs.remarks.truth
    self.radius = radius
    evaluation = TableEvaluation(pairs.groups, radius: radius.length, scale: scale)
    figures = EvaluationFigures(tables: (evaluation, radius), instances: instances)
  }
}

extension RunFolder {
  /// Writes `report.html` from the files that are in the folder already; to be called before `finish`.
  public func writeReport(_ record: JSON, of tomogram: Tomogram, stretch: ContrastStretch) throws {
    let report = try RunReport(place, record: record, tomogram: tomogram, stretch: stretch)
    try AtomicFile.write(Array(try report.html().utf8), to: file("report.html"))
  }
}
