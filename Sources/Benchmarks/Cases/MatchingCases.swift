import Cryo
import Volumes

extension Benchmark {
  /// Stage 4 on a tomogram of 200 x 512 x 512 voxels, features of 1024 channels on 37 x 37 patches a slice, read from
  /// a cache that the system holds in memory.
  static let matching = [
    matching("match-hierarchical", "coarse to fine", .hierarchical),
    matching("match-exact", "every voxel", .naive),
  ]

  private static func matching(_ name: String, _ how: String, _ matching: Matching) -> Benchmark {
    var parameters = PipelineParameters(.paper)
    parameters.matching = matching
    let search = FeatureMatching(parameters)
    return Benchmark(
      name, "matching a query with 200 x 512 x 512 voxels' features, C = 1024, \(how); writes 6.9 GB",
      repeats: 3
    ) { scratch in
      try MatchingCheck.small(search, in: scratch)
    } prepare: { scratch in
      let made = MadeFeatures(VolumeShape(200, 512, 512), side: 37, channels: 1024, balls: 80, radius: 36)
      let (features, encoder) = try made.cached(in: try scratch.folder(bytes: made.bytes + made.shape.count))
      return {
        Job {
          let result = try search(made.query, features)
          try encoder.requireUnasked()
          return MatchingCheck.some(of: result, made)
        } run: {
          _ = try search(made.query, features)
          try encoder.requireUnasked()
        }
      }
    }
  }
}
