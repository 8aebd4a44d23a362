import Files
import Runs
import Volumes

/// What the folder of a complete run of `segment`, whose finds were judged, says of them.
public struct JudgedRun: Sendable {
  /// `run.json`
  public let record: JSON
  /// The kinds that finds were compared with.
  public let kinds: [Kind]
  public let finds: [Find]
  private let reach: [Double?]

  /// Checks the record of the run in `folder`, before its tomogram is opened.
  ///
  /// - Throws: `Failure` if its finds were not judged.
  public static func check(_ record: JSON, of folder: String) throws {
    guard record["judgement"]?.array == nil else { return }
    throw Failure(
      .badData, path: "\(folder)/run.json", "is of a run whose finds have no scores",
      remedy: "segment again with --profile judged")
  }

  /// - Throws: `Failure` if a file is missing or damaged, or does not belong to `record` or `tomogram`.
  public init(_ folder: RunFolder, _ record: JSON, of tomogram: Tomogram) throws {
    try Self.check(record, of: folder.path)
    self.record = record
    finds = try folder.finds(in: tomogram)
    let kinds = (record["judgement"]?.array ?? []).map {
      Kind($0["kind"]?.string, isWanted: $0["wanted"]?.bool ?? true)
    }
    self.kinds = kinds
    reach = PipelineParameters.reach(of: record)
    func isOf(_ wanted: Bool, _ kind: Int) -> Bool {
      kinds.indices.contains(kind) && kinds[kind].isWanted == wanted
    }
    guard finds.allSatisfy({ isOf(true, $0.kind) && ($0.unwanted.map { isOf(false, $0) } ?? true) }) else {
      throw Failure(
        .badData, path: "\(folder.path)/\(ResultNames.finds)", "does not belong to run.json",
        remedy: "segment again")
    }
  }

  /// The run's own cut, whatever people decided later.
  public var cut: Cut {
    let cut = record["corrections"]?["cut"] ?? record["parameters"]?["cut"]
    let rule: Cut.Rule =
      cut?["threshold"]?.double.map { .threshold($0) } ?? cut?["count"]?.int.map { .count($0) } ?? .automatic
    let sizes = cut?["size"]?.array?.compactMap(\.double) ?? []
    let isRange = sizes.count == 2 && 0 <= sizes[0] && sizes[0] <= sizes[1]
    return fitted(Cut(rule, sizes: isRange ? sizes[0]...sizes[1] : Cut.usualSizes))
  }

  /// `cut` with the particle's size that the run was told.
  public func fitted(_ cut: Cut) -> Cut {
    var cut = cut
    cut.voxels = record["parameters"]?["diameter_voxels"]?.double.map(Cut.voxels)
    return cut
  }

  /// Its finds, decided by `cut`.
  public func judgement(by cut: Cut) -> Judgement {
    Judgement(finds, of: kinds, reach: reach, by: cut)
  }
}
