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
    var capacities: [Int] = []
    var places: [Int] = []
    var scores: [Double] = []
    var truthCount = 0
    for group in groups {
      precondition(group.picks.count == group.scores.count)
      let (picks, truth) = (EqualPoints(group.picks), EqualPoints(group.truth))
      places += picks.placeOf.map { $0 + edges.count }
      edges += PickEvaluation.pairs(picks.places, truth.places, radius, scale).map { pairs in
        pairs.map { $0.right + capacities.count }
      }
      capacities += truth.counts
      scores += group.scores
      truthCount += group.truth.count
    }
    var matching = GrowingMatching(edges, capacities)
    var points: [Point] = []
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    for (rank, pick) in order.enumerated() {
      matching.add(places[pick])
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

/// The largest matching of a bipartite graph whose left vertices come one after the other, some of them alike.
///
/// Each new vertex either lengthens the matching by one along an augmenting path or leaves it as it is (Berge
/// 1957), so one search for each vertex is enough.
private struct GrowingMatching {
  private(set) var count = 0
  /// For each kind of left vertices its neighbours.
  private let edges: [[Int]]
  /// How many of each right vertex are free.
  private var free: [Int]
  /// How many of each kind of left vertices are partners of each right vertex.
  private var partners: [[Int: Int]]
  /// The search in which a vertex was last reached, and from which vertex of the other side.
  private var rightReached: [(search: Int, from: Int)]
  private var leftReached: [(search: Int, from: Int)]
  private var searches = 0

  init(_ edges: [[Int]], _ capacities: [Int]) {
    self.edges = edges
    free = capacities
    partners = Array(repeating: [:], count: capacities.count)
    rightReached = Array(repeating: (-1, -1), count: capacities.count)
    leftReached = Array(repeating: (-1, -1), count: edges.count)
  }

  /// Adds a vertex of the kind `start`.
  mutating func add(_ start: Int) {
    searches += 1
    leftReached[start] = (searches, -1)
    var queue = [start]
    var next = 0
    while next < queue.count {
      let left = queue[next]
      next += 1
      for right in edges[left] where rightReached[right].search != searches {
        rightReached[right] = (searches, left)
        guard free[right] == 0 else { return turnAround(right) }
        for (other, _) in partners[right] where leftReached[other].search != searches {
          leftReached[other] = (searches, right)
          queue.append(other)
        }
      }
    }
  }

  /// Exchanges the matched and unmatched edges of the path to the free vertex `end`.
  private mutating func turnAround(_ end: Int) {
    free[end] -= 1
    count += 1
    var right = end
    while right >= 0 {
      let left = rightReached[right].from
      partners[right][left, default: 0] += 1
      right = leftReached[left].from
      guard right >= 0 else { break }
      partners[right][left] = partners[right][left].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
  }
}
