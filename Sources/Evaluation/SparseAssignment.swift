import HeapModule

/// The matching with the most pairs, and of those with the least sum of costs, in a bipartite graph with few edges.
///
/// Shortest augmenting paths with potentials (Jonker and Volgenant 1987), one left vertex after the other. "No
/// partner" is a partner of its own for each left vertex, at a cost above the sum of all others, so that every
/// path ends.
struct SparseAssignment {
  typealias Edge = (right: Int, cost: Double)

  private let edges: [[Edge]]
  private let rightCount: Int
  private var leftPotential: [Double]
  private var rightPotential: [Double]
  /// The left partner of each right vertex, -1 if it is free. The last ones stand for "no partner".
  private var partner: [Int]

  /// - Parameters:
  ///   - edges: for each left vertex the right ones it may be matched with, at costs of 0 to `limit`.
  ///   - limit: the largest cost.
  init(_ edges: [[Edge]], rightCount: Int, limit: Double) {
    let none = 2 * limit * Double(edges.count + 1)
    self.rightCount = rightCount
    self.edges = edges.enumerated().map { $1 + [(rightCount + $0, none)] }
    leftPotential = [Double](repeating: 0, count: edges.count)
    rightPotential = [Double](repeating: 0, count: rightCount + edges.count)
    partner = [Int](repeating: -1, count: rightCount + edges.count)
  }

  /// The pairs, in order of their left vertices.
  consuming func solve() -> [(left: Int, right: Int, cost: Double)] {
    var paths = Paths(count: partner.count)
    for left in edges.indices { augment(from: left, &paths) }
    var pairs: [(left: Int, right: Int, cost: Double)] = []
    for right in 0..<rightCount where partner[right] >= 0 {
      let left = partner[right]
      guard let edge = edges[left].first(where: { $0.right == right }) else { continue }
      pairs.append((left, right, edge.cost))
    }
    return pairs.sorted { $0.left < $1.left }
  }

  /// Distances of one search, kept between searches so that only what was touched is cleared.
  private struct Paths {
    var distance: [Double]
    var previous: [Int]
    var settled: [Int] = []
    var touched: [Int] = []
    var queue = Heap<Costed>()

    init(count: Int) {
      distance = [Double](repeating: .infinity, count: count)
      previous = [Int](repeating: -1, count: count)
    }

    /// The nearest right vertex that was not settled before; later entries of one that was are passed over.
    mutating func nextUnsettled(_ done: inout Set<Int>) -> (distance: Double, right: Int)? {
      while let nearest = queue.popMin() {
        if done.insert(nearest.number).inserted { return (nearest.cost, nearest.number) }
      }
      return nil
    }

    mutating func clear() {
      for right in touched { distance[right] = .infinity }
      touched.removeAll(keepingCapacity: true)
      settled.removeAll(keepingCapacity: true)
      queue = Heap()
    }
  }

  /// Gives `start` a partner along the shortest path to a free right vertex.
  private mutating func augment(from start: Int, _ paths: inout Paths) {
    paths.clear()
    var left = start
    var base = 0.0
    var done = Set<Int>()
    while true {
      for edge in edges[left] where !done.contains(edge.right) {
        let reduced = max(0, edge.cost - leftPotential[left] - rightPotential[edge.right])
        guard base + reduced < paths.distance[edge.right] else { continue }
        if paths.distance[edge.right] == .infinity { paths.touched.append(edge.right) }
        paths.distance[edge.right] = base + reduced
        paths.previous[edge.right] = left
        paths.queue.insert(Costed(cost: base + reduced, number: edge.right))
      }
      // "No partner" is always within reach, so the queue does not run dry before a path ends.
      guard let (distance, right) = paths.nextUnsettled(&done) else { return }
      base = distance
      if partner[right] < 0 {
        finish(right, start, base, paths)
        return
      }
      paths.settled.append(right)
      left = partner[right]
    }
  }

  /// Turns the path that ends at the free vertex `end` around, and keeps all reduced costs positive.
  private mutating func finish(_ end: Int, _ start: Int, _ length: Double, _ paths: Paths) {
    leftPotential[start] += length
    for right in paths.settled {
      let slack = length - paths.distance[right]
      leftPotential[partner[right]] += slack
      rightPotential[right] -= slack
    }
    var right = end
    while true {
      let left = paths.previous[right]
      let next = edges[left].first { partner[$0.right] == left }?.right
      partner[right] = left
      guard left != start, let next else { return }
      right = next
    }
  }
}

/// A number with its cost, less if its cost is, and of equal costs if its number is.
private struct Costed: Comparable {
  let cost: Double
  let number: Int

  static func < (a: Costed, b: Costed) -> Bool { (a.cost, a.number) < (b.cost, b.number) }
}
