import Study
import Testing

@Suite("Paired t-tests")
struct PairedTestTests {
  /// By scipy 1: `scipy.stats.t.sf(t, v)`.
  static let tails: [(t: Double, degrees: Int, p: Double)] = [
    (0, 1, 0.5), (1, 1, 0.25), (2, 4, 0.05805826175840778), (3.7469, 4, 0.010000411426230501),
    (-1.5, 3, 0.8847080673775886), (0.01, 7, 0.49615015882181085), (2, 64, 0.024873945696862652),
    (12.5, 9, 2.717156590890327e-07), (40, 4, 1.1670081613006339e-06), (1.3, 1000, 0.09695026420772866),
    (6.3, 19, 2.388508133744087e-06), (0.7, 2, 0.2781965123164327), (-8, 30, 0.9999999968670887),
    (1.6448536269514722, 100_000, 0.05000157154759197),
  ]

  @Test("the upper tail against scipy", arguments: tails)
  func tail(t: Double, degrees: Int, p: Double) {
    let ours = StudentDistribution.upperTail(t, degrees: degrees)
    #expect(abs(ours - p) <= 1e-10 * p, "\(ours)")
  }

  @Test("infinite and undefined t")
  func ends() {
    #expect(StudentDistribution.upperTail(.infinity, degrees: 3) == 0)
    #expect(StudentDistribution.upperTail(-.infinity, degrees: 3) == 1)
    #expect(StudentDistribution.upperTail(.nan, degrees: 3).isNaN)
  }

  @Test("paired, one-tailed, against scipy.stats.ttest_rel(alternative='greater')")
  func paired() throws {
    let (a, b) = ([0.65, 0.71, 0.58, 0.62, 0.69], [0.60, 0.66, 0.59, 0.55, 0.61])
    let test = try #require(PairedTest(a, over: b))
    #expect(test.pairs == 5)
    #expect(abs(test.meanDifference - 0.048) < 1e-15)
    #expect(abs(test.t - 3.072885118389503) < 1e-12)
    #expect(abs(test.p - 0.018594142476871224) < 1e-13)
    let reverse = try #require(PairedTest(b, over: a))
    #expect(abs(reverse.p - 0.9814058575231288) < 1e-13)
  }

  @Test("one pair tells nothing; equal differences tell all")
  func degenerate() throws {
    #expect(PairedTest([1], over: [0]) == nil)
    #expect(try #require(PairedTest([2, 3], over: [1, 2])).p == 0)
    #expect(try #require(PairedTest([1, 2], over: [1, 2])).p == 0.5)
  }
}
