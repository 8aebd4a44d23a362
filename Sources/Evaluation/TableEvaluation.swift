import Files
import Points

/// A table of picks compared with a table of true particles, over all their tomograms together.
public struct TableEvaluation: Sendable {
  public let matching: PickEvaluation
  /// Nil if a pick has no score.
  public let curve: PrecisionRecall?
  public let tomograms: Int
  /// For each matched pair the labels that the tables give its pick and its particle; nil if one has none.
  public let labels: [(pick: Int, truth: Int)?]

  /// - Parameters:
  ///   - groups: the tables' points, tomogram by tomogram (`PointTable.paired`).
  ///   - radius, scale: as for `PickEvaluation`.
  public init(_ groups: [PointTable.Pair], radius: Double, scale: SIMD3<Double> = SIMD3(repeating: 1)) {
    matching = PickEvaluation(
      pooling: groups.map { PickEvaluation(picks: $0.picks, truth: $0.truth, radius: radius, scale: scale) })
    let picks = groups.flatMap(\.pickEntries)
    let truth = groups.flatMap(\.truthEntries)
    let scores = groups.map { $0.pickEntries.compactMap(\.score) }
    curve =
      scores.reduce(0) { $0 + $1.count } == picks.count
      ? PrecisionRecall(
        zip(groups, scores).map { ($0.picks, $1, $0.truth) }, radius: radius, scale: scale) : nil
    tomograms = groups.count
    labels = matching.matches.map { match in
      guard let pick = picks[match.pick].label, let particle = truth[match.truth].label, pick > 0,
        particle > 0
      else { return nil }
      return (pick, particle)
    }
  }

  /// The mean Dice of the matched pairs' objects in `volumes`; nil if there is no pair, or one without labels.
  public func meanDice(_ volumes: LabelComparison) -> Double? {
    let known = labels.compactMap { $0 }
    guard !known.isEmpty, known.count == labels.count else { return nil }
    return known.reduce(0) { $0 + volumes.dice(ours: $1.pick, truth: $1.truth) } / Double(known.count)
  }
}
