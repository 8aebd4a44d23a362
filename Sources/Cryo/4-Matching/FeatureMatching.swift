import Runs
import Volumes

/// How proposals are searched for.
public enum Matching: String, Sendable, CaseIterable, Codable {
  /// Coarse to fine, r = 16, 8, 4 (paper, 2.3).
  case hierarchical
  /// Every voxel.
  case naive
}

/// A place that looks like the query: a point prompt for segmentation.
public struct Proposal: Sendable, Equatable {
  public let z: Int
  public let y: Int
  public let x: Int
  /// Cosine similarity with the query.
  public let similarity: Float
  /// The number of that query.
  public var query = 0

  public init(z: Int, y: Int, x: Int, similarity: Float, query: Int = 0) {
    (self.z, self.y, self.x, self.similarity, self.query) = (z, y, x, similarity, query)
  }

  public var point: VoxelPoint { VoxelPoint(x: Double(x), y: Double(y), z: Double(z)) }
}

/// A way to search a tomogram's features for places similar to a query.
public protocol ProposalSearch: Sendable {
  /// Slices that `callAsFunction` tells its progress of.
  func steps(_ volume: VolumeShape) -> Int
  /// - Throws: `Failure` if the tomogram cannot be searched in this way.
  func check(_ tomogram: Tomogram) throws
  /// Matches `query` with `features`, level by level.
  ///
  /// - Throws: `Failure` if features cannot be read.
  func callAsFunction(
    _ query: QueryFeature, _ features: SliceFeatures, progress: any StageProgress
  ) throws -> FeatureMatching.Result
}

extension ProposalSearch {
  public func check(_ tomogram: Tomogram) throws {}
}

/// Searches a tomogram's features for places similar to a query (paper, 2.3).
public struct FeatureMatching: ProposalSearch {
  public var matching: Matching
  /// τ_sim: less similar places are dropped at every level, the last included.
  public var threshold: Float
  /// K: the proposals kept; nil: all.
  public var topK: Int?
  /// The downsampling ratios of hierarchical matching, coarsest first.
  public var pyramid: [Int]

  /// The suppression window's radius in samples of the last level: as the paper has it, ±2 samples at r = 4, or as
  /// many voxels, ±8, at r = 1.
  public var window: Int

  public init(
    matching: Matching, threshold: Float, topK: Int?, pyramid: [Int], window: Int? = nil
  ) {
    precondition(!pyramid.isEmpty)
    (self.matching, self.threshold, self.topK, self.pyramid) = (matching, threshold, topK, pyramid)
    self.window = window ?? (matching == .hierarchical ? 2 : 8)
  }

  public struct Result: Sendable {
    /// The last level's similarities; 0 where a coarser level ruled the place out.
    public let map: SimilarityMap
    /// Those of the levels before it, coarsest first.
    public let coarserMaps: [SimilarityMap]
    /// Which samples of these passed the threshold.
    public let coarserMasks: [[Bool]]
    /// Query by query, the most similar first, of equal ones the first in memory; the released code's in the order of
    /// memory.
    public let proposals: [Proposal]
    /// For each level the samples scored and those that passed the threshold.
    public let levels: [(ratio: Int, scored: Int, passed: Int)]
  }

  /// The downsampling ratios, coarsest first.
  var ratios: [Int] { matching == .hierarchical ? pyramid : [1] }

  public func steps(_ volume: VolumeShape) -> Int { Self.steps(volume, ratios) }

  /// The slices of all levels.
  static func steps(_ volume: VolumeShape, _ ratios: [Int]) -> Int {
    ratios.reduce(0) { sum, ratio in
      let shape = MatchingGrid(volume, ratio: ratio).shape
      return sum + shape.depth + shape.height + shape.width
    }
  }

  public func callAsFunction(
    _ query: QueryFeature, _ features: SliceFeatures, progress: any StageProgress = SilentObserver()
  ) throws -> Result {
    guard matching == .hierarchical else {
      var values: [Float] = []
      values.reserveCapacity(features.shape.count)
      let result = try Self.exact([(query, self)], features, progress: progress) { values += $0 }
      return Result(
        map: SimilarityMap(result.map.grid, values: values), coarserMaps: [], coarserMasks: [],
        proposals: result.proposals, levels: result.levels)
    }
    var levels: [(ratio: Int, scored: Int, passed: Int)] = []
    func score(_ ratio: Int, below coarse: Level?) throws -> Level {
      let grid = MatchingGrid(features.shape, ratio: ratio)
      let candidates = coarse.map { grid.upsampling($0.passed, of: $0.map.grid) }
      let map = try SimilarityMap(features, query, on: grid, where: candidates, progress: progress)
      let level = Level(map: map, candidates: candidates, threshold: threshold)
      levels.append((ratio, candidates.map(Self.count) ?? grid.shape.count, Self.count(level.passed)))
      return level
    }
    var level = try score(ratios[0], below: nil)
    var coarser: [Level] = []
    for ratio in ratios.dropFirst() {
      coarser.append(level)
      level = try score(ratio, below: level)
    }
    return Result(
      map: level.map, coarserMaps: coarser.map(\.map), coarserMasks: coarser.map(\.passed),
      proposals: proposals(level), levels: levels)
  }

  /// One level's similarities, and which samples passed.
  private struct Level {
    let map: SimilarityMap
    let passed: [Bool]

    init(map: SimilarityMap, candidates: [Bool]?, threshold: Float) {
      self.map = map
      if let candidates {
        passed = zip(map.values, candidates).map { $0 >= threshold && $1 }
      } else {
        passed = map.values.map { $0 >= threshold }
      }
    }
  }

  static func count(_ mask: [Bool]) -> Int { mask.reduce(0) { $1 ? $0 + 1 : $0 } }

  /// The peaks of the last level: what did not pass is out, then suppression, then the `topK` best.
  private func proposals(_ level: Level) -> [Proposal] {
    var scores = level.map.values
    for index in scores.indices where !level.passed[index] { scores[index] = -.infinity }
    let peaks = NonMaximumSuppression.peaks(scores, level.map.grid.shape, radius: window)
    return best(peaks.map { ($0, scores[$0]) }, on: level.map.grid)
  }

  /// The `topK` best of `peaks`, of equal ones the first in memory.
  private func best(_ peaks: [(sample: Int, similarity: Float)], on grid: MatchingGrid) -> [Proposal] {
    let order = peaks.sorted { (-$0.similarity, $0.sample) < (-$1.similarity, $1.sample) }
    return order.prefix(topK ?? .max).map { peak in
      let voxel = grid.voxel(peak.sample)
      return Proposal(z: voxel.z, y: voxel.y, x: voxel.x, similarity: peak.similarity)
    }
  }

  /// Every voxel compared with all queries of `searches`; proposals have the queries' numbers. Voxels that do not pass
  /// suppress none that do: every one is scored.
  ///
  /// - Parameter memory: bytes for planes; the result does not depend on it.
  /// - Parameter sink: takes the planes of the map, of several queries the greatest similarities; the result's map has
  ///   no values.
  /// - Throws: `Failure` if features cannot be read, or what `sink` throws.
  public static func exact(
    _ searches: [(query: QueryFeature, search: FeatureMatching)], _ features: SliceFeatures,
    memory: Int = RunContext.usualMemory, progress: any StageProgress = SilentObserver(),
    _ sink: (ArraySlice<Float>) throws -> Void
  ) throws -> Result {
    let grid = MatchingGrid(features.shape, ratio: 1)
    let matching = ExactMatching(
      features: features, searches: searches.map { ($0.query, $0.search.threshold, $0.search.window) },
      memory: memory)
    let found = try matching(progress: progress, sink)
    let proposals = zip(searches, found).enumerated().flatMap { number, pair in
      pair.0.search.best(pair.1.places.map { ($0.voxel, $0.similarity) }, on: grid).map {
        Proposal(z: $0.z, y: $0.y, x: $0.x, similarity: $0.similarity, query: number)
      }
    }
    let passed = found.reduce(0) { $0 + $1.passed }
    return Result(
      map: SimilarityMap(grid, values: []), coarserMaps: [], coarserMasks: [], proposals: proposals,
      levels: [(1, searches.count * grid.shape.count, passed)])
  }
}

extension FeatureMatching.Result {
  /// The result of query `number`.
  func numbered(_ number: Int) -> Self {
    guard number > 0 else { return self }
    return Self(
      map: map, coarserMaps: coarserMaps, coarserMasks: coarserMasks,
      proposals: proposals.map {
        Proposal(z: $0.z, y: $0.y, x: $0.x, similarity: $0.similarity, query: number)
      },
      levels: levels)
  }

  /// With the result of another query in the same volume: of the similarities the greater ones.
  func joined(with other: Self) -> Self {
    Self(
      map: map.joined(with: other.map),
      coarserMaps: zip(coarserMaps, other.coarserMaps).map { $0.joined(with: $1) },
      coarserMasks: zip(coarserMasks, other.coarserMasks).map { zip($0, $1).map { $0 || $1 } },
      proposals: proposals + other.proposals,
      levels: zip(levels, other.levels).map { ($0.ratio, $0.scored + $1.scored, $0.passed + $1.passed) })
  }
}

extension SimilarityMap {
  fileprivate func joined(with other: SimilarityMap) -> SimilarityMap {
    var joined = self
    for index in joined.values.indices where other.values[index] > joined.values[index] {
      joined.values[index] = other.values[index]
    }
    return joined
  }
}
