import Files
import NN
import Runs
import Volumes

/// The released code's search (`match`), coarse to fine.
///
/// It differs from `FeatureMatching` in five ways. A sample that a coarser level ruled out keeps that level's
/// similarity, interpolated, and can suppress a neighbour. The last level has no threshold. Equal maxima all stay, and
/// all that equal the Kth. A proposal is its sample's number times the ratio, which is not where the sample
/// was taken. Proposals come in the order of memory.
public struct ReleasedMatching: ProposalSearch {
  /// `similarity_threshold`; at every level but the last, less similar places are dropped.
  public var threshold: Float
  /// `top_k`; 0 keeps all.
  public var topK: Int
  /// `down_sample_ratios`, coarsest first. A ratio may be repeated.
  public var pyramid: [Int]

  /// The window of suppression is 5 x 5 x 5 samples.
  private static let radius = 2

  public init(threshold: Float, topK: Int, pyramid: [Int]) {
    precondition(!pyramid.isEmpty && zip(pyramid, pyramid.dropFirst()).allSatisfy { $0 >= $1 })
    (self.threshold, self.topK, self.pyramid) = (threshold, topK, pyramid)
  }

  public func steps(_ volume: VolumeShape) -> Int { FeatureMatching.steps(volume, pyramid) }

  /// - Throws: `Failure` if a side has no sample at the coarsest level: there the released code breaks off.
  public func check(_ tomogram: Tomogram) throws {
    for axis in Axis.allCases where tomogram.shape[axis] < pyramid[0] {
      throw Failure(
        .badData, path: tomogram.path,
        "has \(tomogram.shape[axis]) voxels along \(axis.name); the released code needs \(pyramid[0])",
        remedy: "use --profile paper")
    }
  }

  /// One level's similarities, old ones where `mask` is false, and what the next level looks at.
  private struct Level {
    var map: SimilarityMap
    var mask: [Bool]
  }

  public func callAsFunction(
    _ query: QueryFeature, _ features: SliceFeatures, progress: any StageProgress = SilentObserver()
  ) throws -> FeatureMatching.Result {
    try check(features.tomogram)
    var levels: [(ratio: Int, scored: Int, passed: Int)] = []
    var coarser: [Level] = []
    for (position, ratio) in pyramid.enumerated() {
      let grid = MatchingGrid(features.shape, ratio: ratio)
      var level = try self.level(query, features, grid, below: coarser.last, progress)
      let scored = FeatureMatching.count(level.mask)
      if position < pyramid.count - 1 {
        for index in level.mask.indices where level.map.values[index] < threshold {
          level.mask[index] = false
        }
      }
      levels.append((ratio, scored, FeatureMatching.count(level.mask)))
      coarser.append(level)
    }
    let last = coarser.removeLast()
    return FeatureMatching.Result(
      map: last.map, coarserMaps: coarser.map(\.map), coarserMasks: coarser.map(\.mask),
      proposals: proposals(last, ratio: pyramid[pyramid.count - 1]), levels: levels)
  }

  /// The similarities of `grid`, scored inside the mask of the level before.
  private func level(
    _ query: QueryFeature, _ features: SliceFeatures, _ grid: MatchingGrid, below coarse: Level?,
    _ progress: any StageProgress
  ) throws -> Level {
    let mask = coarse.map { grid.upsampling($0.mask, of: $0.map.grid) }
    var map = try SimilarityMap(features, query, on: grid, where: mask, progress: progress)
    if Axis.allCases.contains(where: { grid.shape[$0] == 1 }) {
      // The position of a single sample is 0 / 0 there. NaN is not less than the threshold: all pass.
      map.values = [Float](repeating: .nan, count: map.values.count)
    }
    if let coarse, let mask {
      let old = coarse.map.upsampled(to: grid.shape)
      for index in mask.indices where !mask[index] { map.values[index] = old[index] }
    }
    return Level(map: map, mask: mask ?? [Bool](repeating: true, count: grid.shape.count))
  }

  /// The peaks of the last level, in the order of memory.
  private func proposals(_ level: Level, ratio: Int) -> [Proposal] {
    let (values, shape) = (level.map.values, level.map.grid.shape)
    let greatest = NonMaximumSuppression.maximumFilter(values, shape, radius: Self.radius)
    var peaks = values.indices.filter { level.mask[$0] && values[$0] == greatest[$0] }
    if topK > 0, topK < peaks.count {
      let least = peaks.map { values[$0] }.sorted(by: >)[topK - 1]
      peaks.removeAll { values[$0] < least }
    }
    return peaks.map { index in
      let (z, rest) = index.quotientAndRemainder(dividingBy: shape.height * shape.width)
      let (y, x) = rest.quotientAndRemainder(dividingBy: shape.width)
      return Proposal(z: z * ratio, y: y * ratio, x: x * ratio, similarity: values[index])
    }
  }
}

extension SimilarityMap {
  /// The values on a finer grid, trilinear (`interpolate(..., mode="trilinear", align_corners=False)`).
  fileprivate func upsampled(to fine: VolumeShape) -> [Float] {
    let coarse = grid.shape
    let lines = coarse.depth * coarse.height
    let wide = resample(
      Tensor([lines, coarse.width, 1], values), rows: .linear(inputs: lines, outputs: lines),
      columns: .linear(inputs: coarse.width, outputs: fine.width))
    return resample(
      wide.reshaped([coarse.depth, coarse.height, fine.width]),
      rows: .linear(inputs: coarse.depth, outputs: fine.depth),
      columns: .linear(inputs: coarse.height, outputs: fine.height)
    ).values
  }
}
