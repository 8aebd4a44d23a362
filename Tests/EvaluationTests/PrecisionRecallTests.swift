import Evaluation
import Testing
import Volumes

@Suite("Precision and recall by score")
struct PrecisionRecallTests {
  static func points(_ xs: Double...) -> [VoxelPoint] { xs.map { VoxelPoint(x: $0, y: 0, z: 0) } }

  @Test("the textbook's curve: all points interpolated") func textbook() {
    // In order of score: hit, miss, hit, miss, miss, hit; one particle of four is never found.
    let curve = PrecisionRecall(
      [(Self.points(0, 50, 10, 60, 70, 20), [6, 5, 4, 3, 2, 1], Self.points(0, 10, 20, 30))], radius: 1)
    #expect(curve.points.map(\.truePositives) == [1, 1, 2, 2, 2, 3])
    #expect(curve.points.map(\.recall) == [0.25, 0.25, 0.5, 0.5, 0.5, 0.75])
    // 1/4 (1 + 2/3 + 1/2)
    #expect(abs(curve.averagePrecision - (1 + 2.0 / 3 + 0.5) / 4) < 1e-15)
    #expect(curve.best?.score == 1 && curve.best?.f1 == 0.6)
  }

  @Test("precision that rises later lifts what is before it") func envelope() {
    // miss, hit, hit: precision 0, 1/2, 2/3.
    let curve = PrecisionRecall([(Self.points(50, 0, 10), [3, 2, 1], Self.points(0, 10))], radius: 1)
    #expect(abs(curve.averagePrecision - 2.0 / 3) < 1e-15)
  }

  @Test("equal scores are one point, whatever their order") func ties() {
    let truth = Self.points(0)
    for picks in [Self.points(0, 50), Self.points(50, 0)] {
      let curve = PrecisionRecall([(picks, [1, 1], truth)], radius: 1)
      #expect(curve.points.count == 1)
      #expect(curve.averagePrecision == 0.5)
    }
  }

  @Test("a duplicate of a better pick is a miss") func duplicates() {
    let curve = PrecisionRecall([(Self.points(0, 0.5), [2, 1], Self.points(0))], radius: 1)
    #expect(curve.points.map(\.truePositives) == [1, 1])
    #expect(curve.points.map(\.precision) == [1, 0.5])
  }

  @Test("nothing there") func empty() {
    #expect(PrecisionRecall([([], [], Self.points(0))], radius: 1).averagePrecision == 0)
    #expect(PrecisionRecall([([], [], Self.points(0))], radius: 1).best == nil)
    #expect(PrecisionRecall([(Self.points(0), [1], [])], radius: 1).averagePrecision == 0)
  }

  @Test("each point is the evaluation of the picks above it; tomograms together", arguments: 0..<40)
  func everyThreshold(seed: Int) {
    var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ limit: Double) -> Double {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(random >> 40) / Double(1 << 24) * limit
    }
    func cloud(_ count: Int) -> [VoxelPoint] {
      (0..<count).map { _ in VoxelPoint(x: next(20), y: next(20), z: next(5)) }
    }
    let groups = (0..<2).map { _ in
      let picks = cloud(20 + seed % 7)
      return (picks: picks, scores: picks.map { _ in next(8).rounded() }, truth: cloud(15))
    }
    let curve = PrecisionRecall(groups, radius: 4)
    for point in curve.points {
      let parts = groups.map { group in
        let kept = zip(group.picks, group.scores).filter { $0.1 >= point.score }.map(\.0)
        return PickEvaluation(picks: kept, truth: group.truth, radius: 4)
      }
      let whole = PickEvaluation(pooling: parts)
      #expect(whole.pickCount == point.picks)
      #expect(whole.truePositives == point.truePositives)
      #expect(whole.precision == point.precision && whole.recall == point.recall)
    }
    #expect(curve.points.last?.picks == groups.reduce(0) { $0 + $1.picks.count })
  }

  @Test("a long chain of particles is quick") func chain() {
    let truth = (0..<5000).map { VoxelPoint(x: Double($0), y: 0, z: 0) }
    let picks = (0..<5000).map { VoxelPoint(x: Double($0) + 0.6, y: 0, z: 0) }
    let curve = PrecisionRecall([(picks, picks.indices.map { Double($0) }, truth)], radius: 1.5)
    #expect(curve.points.last?.truePositives == 5000)
  }
}
