import Files
import Platform
import Points
import Runs
import Volumes

/// The names of the files that a run of the pipeline, or of a part of it, may write.
public enum ResultNames {
  /// The similarity maps of matching with `ratios`, coarsest first: `similarity-16.mrc`, `similarity-8.mrc`, and
  /// `similarity.mrc` for the last level.
  public static func similarityMaps(_ ratios: [Int]) -> [(name: String, ratio: Int)] {
    ratios.dropLast().map { ("similarity-\($0).mrc", $0) } + ratios.suffix(1).map { ("similarity.mrc", $0) }
  }

  /// The mask of all particles, and the labels of the particles.
  public static func semantic(_ format: VolumeFormat) -> String { "semantic\(format.ending)" }
  public static func instances(_ format: VolumeFormat) -> String { "instances\(format.ending)" }

  /// The format of the volumes in the folder of a run.
  public static func volumeFormat(in folder: String) -> VolumeFormat {
    VolumeFormat.allCases.first { access("\(folder)/\(instances($0))", F_OK) == 0 } ?? .mrc
  }

  /// The path of the labels in the folder of a run.
  public static func instances(in folder: String) -> String {
    "\(folder)/\(instances(volumeFormat(in: folder)))"
  }

  /// All finds, picks or not, and their masks.
  public static let (finds, findMasks) = ("candidates.star", "candidates.safetensors")

  /// The page of a run, and the table of the places that are like the query.
  public static let (report, proposals) = ("report.html", "proposals.star")

  /// All of them, first the record's.
  public static func all(_ parameters: PipelineParameters) -> [String] {
    ["run.json"] + VolumeFormat.allCases.flatMap { [semantic($0), instances($0)] }
      + similarityMaps(parameters.pyramid).map(\.name)
      + PickFormat.allCases.flatMap(\.fileNames)
      + [finds, findMasks]
      + [proposals, "query.safetensors", "overview.png", report, "trace.safetensors"]
  }
}

extension RunFolder {
  /// The cache of a run that was not given one; a name that no folder of a user's has.
  public var cache: String { "\(path)/encoded-slices" }

  /// Makes the folder's own cache, unless it is there.
  public func makeCache() throws { try SliceStore.makeOwn(cache) }

  /// Removes the folder's own cache, as far as it holds nothing else; false if a run did not make it.
  @discardableResult
  public func removeCache() -> Bool { SliceStore.removeAll(in: cache) }
}
