import HeapModule

/// The matching with the most pairs, and of those with the least sum of costs, in a bipartite graph with few edges.
///
/// Shortest augmenting paths with potentials (Jonker and Volgenant 1987), one left vertex after the other. A vertex may
/// stand for several that are alike; what is found is then how many of them are paired (a transportation problem), so
/// that a thousand equal points cost as much as one. "No partner" is a partner of its own for each left vertex, at a
/// cost above the sum of all others, so that every path ends.
struct SparseAssignment {
  typealias Edge = (right: Int, cost: Double)
  typealias Pair = (left: Int, right: Int, cost: Double, count: Int)

  private let edges: [[Edge]]
  private let rightCount: Int
  /// How many each left vertex stands for.
  private let leftCounts: [Int]
  /// How many of each right vertex are free. The last ones stand for "no partner".
  private var free: [Int]
  private var leftPotential: [Double]
  private var rightPotential: [Double]
  /// The left partners of each right vertex, and how many of each.
  private var partners: [[(left: Int, count: Int)]]

  /// - Parameters:
  ///   - edges: for each left vertex the right ones it may be matched with, at costs of 0 to `limit`.
  ///   - left, right: how many each vertex stands for.
  ///   - limit: the largest cost.
  init(_ edges: [[Edge]], left: [Int], right: [Int], limit: Double) {
    let none = 2 * limit * Double(left.reduce(0, +) + 1)
    rightCount = right.count
    leftCounts = left
    self.edges = edges.enumerated().map { $1 + [(right.count + $0, none)] }
    free = right + left
    leftPotential = [Double](repeating: 0, count: edges.count)
    rightPotential = [Double](repeating: 0, count: free.count)
    partners = Array(repeating: [], count: free.count)
  }

  /// The pairs, in order of their left vertices.
  consuming func solve() -> [Pair] {
    var paths = Paths(left: edges.count, right: free.count)
    for left in edges.indices {
      var rest = leftCounts[left]
      while rest > 0 { rest -= augment(from: left, atMost: rest, &paths) }
    }
    var pairs: [Pair] = []
    for right in 0..<rightCount {
      for (left, count) in partners[right] {
        guard let edge = edges[left].first(where: { $0.right == right }) else { continue }
        pairs.append((left, right, edge.cost, count))
      }
    }
    return pairs.sorted { ($0.left, $0.right) < ($1.left, $1.right) }
  }

  /// Distances of one search, kept between searches so that only what was touched is cleared.
  private struct Paths {
    var distance: [Double]
    /// The left vertex that a right one was reached from.
    var previous: [Int]
    /// The right vertex that a left one was reached from; -1 if it was not.
    var via: [Int]
    var settled: [Int] = []
    var reached: [Int] = []
    var touched: [Int] = []
    var queue = Heap<Costed>()

    init(left: Int, right: Int) {
      distance = [Double](repeating: .infinity, count: right)
      previous = [Int](repeating: -1, count: right)
      via = [Int](repeating: -1, count: left)
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
      for left in reached { via[left] = -1 }
      touched.removeAll(keepingCapacity: true)
      reached.removeAll(keepingCapacity: true)
      settled.removeAll(keepingCapacity: true)
      queue = Heap()
    }
  }

  /// Gives `start` partners along the shortest path to a free right vertex, as many as that path allows up to `most`.
  private mutating func augment(from start: Int, atMost most: Int, _ paths: inout Paths) -> Int {
    paths.clear()
    var fresh = [start]
    var base = 0.0
    var done = Set<Int>()
    while true {
      for left in fresh {
        for edge in edges[left] where !done.contains(edge.right) {
          let reduced = max(0, edge.cost - leftPotential[left] - rightPotential[edge.right])
          guard base + reduced < paths.distance[edge.right] else { continue }
          if paths.distance[edge.right] == .infinity { paths.touched.append(edge.right) }
          paths.distance[edge.right] = base + reduced
          paths.previous[edge.right] = left
          paths.queue.insert(Costed(cost: base + reduced, number: edge.right))
        }
      }
      // "No partner" is always within reach, so the queue does not run dry before a path ends.
      guard let (distance, right) = paths.nextUnsettled(&done) else { return most }
      base = distance
      if free[right] > 0 { return finish(right, start, base, atMost: most, paths) }
      paths.settled.append(right)
      fresh = partners[right].map(\.left).filter { $0 != start && paths.via[$0] < 0 }
      for left in fresh {
        paths.via[left] = right
        paths.reached.append(left)
      }
    }
  }

  /// Turns the path that ends at the free vertex `end` around for as many as it allows, and keeps all reduced costs
  /// positive.
  private mutating func finish(
    _ end: Int, _ start: Int, _ length: Double, atMost most: Int, _ paths: Paths
  ) -> Int {
    leftPotential[start] += length
    for right in paths.settled { rightPotential[right] -= length - paths.distance[right] }
    for left in paths.reached { leftPotential[left] += length - paths.distance[paths.via[left]] }
    var count = min(most, free[end])
    var left = paths.previous[end]
    while left != start {
      let right = paths.via[left]
      count = min(count, partners[right].first { $0.left == left }?.count ?? 0)
      left = paths.previous[right]
    }
    free[end] -= count
    var right = end
    while true {
      let left = paths.previous[right]
      add(count, of: left, to: right)
      guard left != start else { return count }
      right = paths.via[left]
      add(-count, of: left, to: right)
    }
  }

  private mutating func add(_ count: Int, of left: Int, to right: Int) {
    guard let index = partners[right].firstIndex(where: { $0.left == left }) else {
      return partners[right].append((left, count))
    }
    partners[right][index].count += count
    if partners[right][index].count == 0 { partners[right].remove(at: index) }
  }
}

/// A number with its cost, less if its cost is, and of equal costs if its number is.
private struct Costed: Comparable {
  let cost: Double
  let number: Int

  static func < (a: Costed, b: Costed) -> Bool { (a.cost, a.number) < (b.cost, b.number) }
}
