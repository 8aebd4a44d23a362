import Volumes

/// Precision and recall at every threshold of the picks' scores.
///
/// At a threshold the picks of this score and above count, and the true positives are the pairs of their best
/// matching with the particles (`PickEvaluation`), not of a greedy one. So the curve's end is the evaluation of
/// all picks, and true positives never become fewer as the threshold falls.
public struct PrecisionRecall: Sendable {
  public struct Point: Sendable, Equatable {
    /// The lowest score that counts.
    public let score: Double
    /// Picks of this score and above.
    public let picks: Int
    public let truePositives: Int
    public let precision: Double
    public let recall: Double
    public let f1: Double
  }

  /// One point for each different score, the highest first.
  public let points: [Point]
  public let truthCount: Int

  /// The curve of one or several tomograms together.
  ///
  /// - Parameters:
  ///   - groups: for each tomogram the picks, their scores, and the particles.
  ///   - radius, scale: as for `PickEvaluation`.
  public init(
    _ groups: [(picks: [VoxelPoint], scores: [Double], truth: [VoxelPoint])], radius: Double,
    scale: SIMD3<Double> = SIMD3(repeating: 1)
  ) {
    var edges: [[Int]] = []
    var scores: [Double] = []
    var truthCount = 0
    for group in groups {
      precondition(group.picks.count == group.scores.count)
      edges += PickEvaluation.pairs(group.picks, group.truth, radius, scale).map { pairs in
        pairs.map { $0.right + truthCount }
      }
      scores += group.scores
      truthCount += group.truth.count
    }
    var matching = GrowingMatching(rightCount: truthCount)
    var points: [Point] = []
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    for (rank, pick) in order.enumerated() {
      matching.add(edges[pick])
      // Picks of equal score come together.
      if rank + 1 < order.count && scores[order[rank + 1]] == scores[pick] { continue }
      points.append(Point(scores[pick], picks: rank + 1, matching.count, truthCount))
    }
    self.points = points
    self.truthCount = truthCount
  }

  /// The area under the curve, all points interpolated as in PASCAL VOC since 2010: the sum over the rises of recall
  /// of the rise times the best precision at that recall or a higher one. 0 without particles.
  public var averagePrecision: Double {
    var (area, best) = (0.0, 0.0)
    for index in points.indices.reversed() {
      best = max(best, points[index].precision)
      area += best * (points[index].recall - (index > 0 ? points[index - 1].recall : 0))
    }
    return area
  }

  /// The point with the best F1, of equal ones that of the highest score; nil without picks.
  public var best: Point? {
    points.reduce(nil) { best, point in best.map { $0.f1 >= point.f1 ? $0 : point } ?? point }
  }
}

extension PrecisionRecall.Point {
  fileprivate init(_ score: Double, picks: Int, _ truePositives: Int, _ truthCount: Int) {
    self.init(
      score: score, picks: picks, truePositives: truePositives,
      precision: Double(truePositives) / Double(picks),
      recall: truthCount > 0 ? Double(truePositives) / Double(truthCount) : 0,
      f1: 2 * Double(truePositives) / Double(picks + truthCount))
  }
}

/// The largest matching of a bipartite graph whose left vertices come one after the other.
///
/// Each new vertex either lengthens the matching by one along an augmenting path or leaves it as it is (Berge
/// 1957), so one search for each vertex is enough.
private struct GrowingMatching {
  private(set) var count = 0
  /// For each left vertex its neighbours.
  private var edges: [[Int]] = []
  /// The left partner of each right vertex, -1 if it is free.
  private var partner: [Int]
  /// The search in which a right vertex was last reached, and from which left vertex.
  private var reached: [(search: Int, from: Int)]

  init(rightCount: Int) {
    partner = [Int](repeating: -1, count: rightCount)
    reached = [(search: Int, from: Int)](repeating: (-1, -1), count: rightCount)
  }

  mutating func add(_ neighbours: [Int]) {
    let start = edges.count
    edges.append(neighbours)
    var queue = [start]
    var next = 0
    while next < queue.count {
      let left = queue[next]
      next += 1
      for right in edges[left] where reached[right].search != start {
        reached[right] = (start, left)
        guard partner[right] >= 0 else {
          turnAround(right, start)
          return
        }
        queue.append(partner[right])
      }
    }
  }

  /// Exchanges the matched and unmatched edges of the path from `start` to the free vertex `end`.
  private mutating func turnAround(_ end: Int, _ start: Int) {
    var right = end
    while true {
      let left = reached[right].from
      let previous = edges[left].first { partner[$0] == left }
      partner[right] = left
      guard left != start, let previous else { break }
      right = previous
    }
    count += 1
  }
}
