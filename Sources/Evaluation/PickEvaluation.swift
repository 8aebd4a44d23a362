import Volumes

/// Points, of which those at one place are alike.
struct EqualPoints {
  /// Each place once, in order of appearance.
  private(set) var places: [VoxelPoint] = []
  /// The points at each place, as numbers in the list given, and how many of them were taken.
  private var members: [[Int]] = []
  private var taken: [Int] = []
  /// For each point given its place.
  private(set) var placeOf: [Int] = []

  init(_ points: [VoxelPoint]) {
    var known: [VoxelPoint: Int] = [:]
    for (number, point) in points.enumerated() {
      let place = known[point] ?? places.count
      if place == places.count {
        known[point] = place
        places.append(point)
        members.append([])
      }
      members[place].append(number)
      placeOf.append(place)
    }
    taken = Array(repeating: 0, count: places.count)
  }

  var counts: [Int] { members.map(\.count) }

  /// The next `count` points at `place`.
  mutating func take(_ count: Int, at place: Int) -> ArraySlice<Int> {
    defer { taken[place] += count }
    return members[place][taken[place]..<taken[place] + count]
  }
}

/// How well picks find the true particles: each pick is matched to at most one particle and each particle to at
/// most one pick, no farther apart than a radius.
///
/// Of all such matchings one with the most pairs is taken, and of those the one with the least sum of distances.
public struct PickEvaluation: Sendable {
  public struct Match: Sendable, Equatable {
    public let pick: Int
    public let truth: Int
    /// In the units of the radius.
    public let distance: Double
    /// Pick minus particle along x, y, z, in the units of the radius.
    public let offset: SIMD3<Double>
  }

  public let pickCount: Int
  public let truthCount: Int
  /// In order of the picks.
  public let matches: [Match]

  /// Matches `picks` with `truth`.
  ///
  /// - Parameter scale: the length of a voxel along x, y, z in the units of `radius`: 1 for a radius in voxels, the
  ///   voxel size for one in Angstroms.
  public init(
    picks: [VoxelPoint], truth: [VoxelPoint], radius: Double, scale: SIMD3<Double> = SIMD3(repeating: 1)
  ) {
    precondition(radius > 0 && radius.isFinite)
    pickCount = picks.count
    truthCount = truth.count
    var (left, right) = (EqualPoints(picks), EqualPoints(truth))
    let assignment = SparseAssignment(
      Self.pairs(left.places, right.places, radius, scale), left: left.counts, right: right.counts,
      limit: radius)
    matches = assignment.solve().flatMap { pair in
      let offset = (left.places[pair.left].position - right.places[pair.right].position) * scale
      return zip(left.take(pair.count, at: pair.left), right.take(pair.count, at: pair.right)).map {
        Match(pick: $0, truth: $1, distance: pair.cost, offset: offset)
      }
    }.sorted { $0.pick < $1.pick }
  }

  /// The evaluation of several tomograms together. The indices in `matches` count through all of them.
  public init(pooling parts: [PickEvaluation]) {
    var (picks, truth) = (0, 0)
    var matches: [Match] = []
    for part in parts {
      matches += part.matches.map {
        Match(pick: $0.pick + picks, truth: $0.truth + truth, distance: $0.distance, offset: $0.offset)
      }
      picks += part.pickCount
      truth += part.truthCount
    }
    pickCount = picks
    truthCount = truth
    self.matches = matches
  }

  public var truePositives: Int { matches.count }
  public var falsePositives: Int { pickCount - matches.count }
  public var falseNegatives: Int { truthCount - matches.count }
  /// The share of the picks that are particles; 0 without picks.
  public var precision: Double { pickCount > 0 ? Double(matches.count) / Double(pickCount) : 0 }
  /// The share of the particles that were picked; 0 without particles.
  public var recall: Double { truthCount > 0 ? Double(matches.count) / Double(truthCount) : 0 }
  /// The harmonic mean of both: 2 TP / (picks + particles); 0 if there is neither.
  public var f1: Double {
    pickCount + truthCount > 0 ? 2 * Double(matches.count) / Double(pickCount + truthCount) : 0
  }
  /// The mean distance of the matched pairs, in the units of the radius; nil without pairs.
  public var meanError: Double? {
    matches.isEmpty ? nil : matches.reduce(0) { $0 + $1.distance } / Double(matches.count)
  }
  /// The median distance of the matched pairs.
  public var medianError: Double? {
    let sorted = matches.map(\.distance).sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The mean offset of the matched pairs, pick minus particle along x, y, z: another convention of coordinates shows
  /// as half a voxel or one. Nil without pairs.
  public var meanOffset: SIMD3<Double>? {
    matches.isEmpty ? nil : matches.reduce(SIMD3.zero) { $0 + $1.offset } / Double(matches.count)
  }

  /// For each pick the particles within the radius.
  static func pairs(
    _ picks: [VoxelPoint], _ truth: [VoxelPoint], _ radius: Double, _ scale: SIMD3<Double>
  ) -> [[SparseAssignment.Edge]] {
    func place(_ point: VoxelPoint) -> SIMD3<Double> { point.position * scale }
    let places = truth.map(place)
    let byX = truth.indices.sorted { (places[$0].x, $0) < (places[$1].x, $1) }
    return picks.map { pick in
      let centre = place(pick)
      var (low, high) = (0, byX.count)
      while low < high {
        let middle = (low + high) / 2
        if places[byX[middle]].x < centre.x - radius { low = middle + 1 } else { high = middle }
      }
      var edges: [SparseAssignment.Edge] = []
      while low < byX.count, places[byX[low]].x <= centre.x + radius {
        let step = places[byX[low]] - centre
        let distance = (step * step).sum().squareRoot()
        if distance <= radius { edges.append((byX[low], distance)) }
        low += 1
      }
      return edges.sorted { $0.right < $1.right }
    }
  }
}
