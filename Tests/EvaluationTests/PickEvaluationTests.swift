import Evaluation
import Files
import Testing
import Volumes

@Suite("Picks against truth")
struct PickEvaluationTests {
  static func points(_ xs: Double...) -> [VoxelPoint] { xs.map { VoxelPoint(x: $0, y: 0, z: 0) } }

  @Test("one to one: of two near picks one counts") func oneToOne() {
    let result = PickEvaluation(picks: Self.points(0, 1, 50), truth: Self.points(0.5, 20), radius: 5)
    #expect(result.truePositives == 1)
    #expect(result.falsePositives == 2)
    #expect(result.falseNegatives == 1)
    #expect(result.precision == 1.0 / 3)
    #expect(result.recall == 0.5)
    #expect(result.f1 == 0.4)
    #expect(result.meanError == 0.5)
  }

  @Test("as many pairs as can be, though nearer ones would be fewer") func most() {
    // The nearest pair, 2 with 3, would leave 0 and 5.5 without partners.
    let result = PickEvaluation(picks: Self.points(2, 5.5), truth: Self.points(0, 3), radius: 2.5)
    #expect(result.matches.map(\.truth) == [0, 1])
    #expect(result.meanError == 2.25)
  }

  @Test("the radius is included and measured along all axes") func radius() {
    let pick = [VoxelPoint(x: 1, y: 2, z: 2)]
    let truth = [VoxelPoint(x: 0, y: 0, z: 0)]
    #expect(PickEvaluation(picks: pick, truth: truth, radius: 3).truePositives == 1)
    #expect(PickEvaluation(picks: pick, truth: truth, radius: 2.999).truePositives == 0)
    let scaled = PickEvaluation(picks: pick, truth: truth, radius: 30, scale: SIMD3(10, 10, 5))
    #expect(scaled.meanError == (100.0 + 400 + 100).squareRoot())
  }

  @Test(
    "equal points are matched by their numbers, at the cost of one",
    arguments: [(3, 2, 2), (2, 5, 2), (1, 1, 1), (65_000, 65_000, 65_000), (40_000, 3, 3)])
  func equal(picks: Int, truth: Int, matched: Int) {
    let found = Array(repeating: VoxelPoint(x: 1, y: 0, z: 0), count: picks)
    let particles = Array(repeating: VoxelPoint(x: 0, y: 0, z: 0), count: truth)
    let result = PickEvaluation(picks: found, truth: particles, radius: 2)
    #expect(result.truePositives == matched)
    #expect(Set(result.matches.map(\.pick)).count == matched)
    #expect(Set(result.matches.map(\.truth)).count == matched)
    #expect(result.meanError == 1)
    let curve = PrecisionRecall(
      [(picks: found, scores: found.indices.map(Double.init), truth: particles)], radius: 2)
    #expect(curve.points.last?.truePositives == matched)
  }

  @Test("with copies as without: random points, some of them several times", arguments: 0..<20)
  func copies(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed))
    func points(_ count: Int) -> [VoxelPoint] {
      (0..<count).map { _ in
        VoxelPoint(x: Double(random.next() % 8), y: Double(random.next() % 3), z: 0)
      }
    }
    let (picks, truth) = (points(25), points(20))
    // A hair apart there are no copies, and the figures are those of one vertex a point.
    func apart(_ points: [VoxelPoint]) -> [VoxelPoint] {
      points.enumerated().map { VoxelPoint(x: $1.x, y: $1.y, z: Double($0) * 1e-9) }
    }
    let together = PickEvaluation(picks: picks, truth: truth, radius: 2.1)
    let single = PickEvaluation(picks: apart(picks), truth: apart(truth), radius: 2.1)
    #expect(together.truePositives == single.truePositives)
    #expect(abs((together.meanError ?? 0) - (single.meanError ?? 0)) < 1e-6)
    #expect(Set(together.matches.map(\.truth)).count == together.truePositives)
    let scores = picks.indices.map { Double($0 % 7) }
    let curves = [(picks, truth), (apart(picks), apart(truth))].map { picks, truth in
      PrecisionRecall([(picks: picks, scores: scores, truth: truth)], radius: 2.1).points.map(\.truePositives)
    }
    #expect(curves[0] == curves[1])
  }

  @Test("nothing to match") func empty() {
    let result = PickEvaluation(picks: [], truth: [], radius: 1)
    #expect(result.precision == 0 && result.recall == 0 && result.f1 == 0)
    #expect(result.meanError == nil && result.medianError == nil)
    #expect(PickEvaluation(picks: Self.points(1), truth: [], radius: 1).falsePositives == 1)
  }

  @Test("tomograms together") func pooled() {
    let one = PickEvaluation(picks: Self.points(0, 9), truth: Self.points(1), radius: 2)
    let two = PickEvaluation(picks: Self.points(5), truth: Self.points(0, 5, 8), radius: 4)
    let both = PickEvaluation(pooling: [one, two])
    #expect(both.pickCount == 3 && both.truthCount == 4 && both.truePositives == 2)
    #expect(both.matches.last?.pick == 2 && both.matches.last?.truth == 2 && both.matches.last?.distance == 0)
    #expect(both.medianError == 0.5)
  }

  @Test("the best of all matchings, by trying all of them", arguments: 0..<200)
  func bruteForce(seed: Int) {
    var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ limit: Double) -> Double {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(random >> 40) / Double(1 << 24) * limit
    }
    func cloud(_ count: Int) -> [VoxelPoint] {
      (0..<count).map { _ in VoxelPoint(x: next(10), y: next(10), z: next(3)) }
    }
    let (picks, truth) = (cloud(seed % 7), cloud(seed / 7 % 8))
    let radius = 1 + next(5)
    let result = PickEvaluation(picks: picks, truth: truth, radius: radius)
    let best = Self.best(picks[...], truth, radius)
    #expect(result.truePositives == best.pairs)
    let sum = result.matches.reduce(0) { $0 + $1.distance }
    #expect(abs(sum - best.sum) < 1e-9)
    #expect(Set(result.matches.map(\.truth)).count == result.matches.count)
    #expect(Set(result.matches.map(\.pick)).count == result.matches.count)
    for match in result.matches {
      #expect(match.distance == picks[match.pick].distance(to: truth[match.truth]))
    }
  }

  /// The most pairs and the least sum of distances, by trying every partner of the first pick.
  static func best(_ picks: ArraySlice<VoxelPoint>, _ truth: [VoxelPoint], _ radius: Double) -> (
    pairs: Int, sum: Double
  ) {
    guard let pick = picks.first else { return (0, 0) }
    var best = best(picks.dropFirst(), truth, radius)
    for index in truth.indices {
      let distance = pick.distance(to: truth[index])
      guard distance <= radius else { continue }
      var others = truth
      others.remove(at: index)
      let rest = Self.best(picks.dropFirst(), others, radius)
      if rest.pairs + 1 > best.pairs || (rest.pairs + 1 == best.pairs && rest.sum + distance < best.sum) {
        best = (rest.pairs + 1, rest.sum + distance)
      }
    }
    return best
  }

  @Test("a long chain of particles is quick") func chain() {
    let truth = (0..<20_000).map { VoxelPoint(x: Double($0), y: 0, z: 0) }
    let picks = (0..<20_000).map { VoxelPoint(x: Double($0) + 0.6, y: 0, z: 0) }
    let result = PickEvaluation(picks: picks, truth: truth, radius: 3)
    #expect(result.truePositives == 20_000)
  }
}
