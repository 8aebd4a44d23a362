import Project
import Testing

@Suite("shares of encoding")
struct EncodingSharesTests {
  private static let slices = [
    SliceCounts(features: 374, embeddings: 374), nil, SliceCounts(features: 7, embeddings: 0),
    SliceCounts(features: 50, embeddings: 41),
  ]

  @Test(
    "every slice is in one share, and shares take about as long",
    arguments: [
      (1, 1.0, 4.0), (2, 0.03, 0.2), (5, 1, 1), (17, 0.7, 13), (64, 0, 1), (64, 2, 0), (2000, 1, 4),
    ])
  func partition(count: Int, features: Double, embeddings: Double) {
    let seconds = SliceSeconds(features: features, embeddings: embeddings)
    let shares = EncodingShares(Self.slices, seconds)
    var seen: [String: Int] = [:]
    var times: [Double] = []
    for number in 0..<count {
      let share = shares.share(number, of: count)
      for part in share {
        for slice in part.slices { seen["\(part.subject) \(part.network) \(slice)", default: 0] += 1 }
      }
      times.append(share.reduce(0) { $0 + Double($1.slices.count) * seconds[$1.network] })
    }
    let all = Self.slices.compactMap { $0 }.reduce(0) { $0 + $1.features + $1.embeddings }
    #expect(seen.count == all && seen.values.allSatisfy { $0 == 1 })
    if features > 0, embeddings > 0 {
      let most = shares.allSeconds / Double(count) + 2 * max(features, embeddings)
      #expect(times.allSatisfy { $0 <= most }, "\(times)")
    }
  }
}
