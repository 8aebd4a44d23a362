import Volumes

/// What one proposal gave, measured and scored.
public struct Find: Sendable, Equatable {
  /// Where SAM was prompted.
  public let proposal: Proposal
  public let mask: VoxelMask
  public let measures: Measures
  /// Of the exemplars that are looked for the one that it is most like.
  public let kind: Int
  /// How like it is to that one.
  public let score: Score
  /// The exemplar, of a thing that is not wanted, that it is more like than any that is looked for.
  public let unwanted: Int?

  public init(
    proposal: Proposal, mask: VoxelMask, measures: Measures, kind: Int, score: Score, unwanted: Int? = nil
  ) {
    (self.proposal, self.mask, self.measures) = (proposal, mask, measures)
    (self.kind, self.score, self.unwanted) = (kind, score, unwanted)
  }

  /// The exemplar that it is most like.
  var mostLike: Int { unwanted ?? kind }
}

extension [Find] {
  /// The finds that are things of their own, best first: a mask that shares more than half of the smaller one's
  /// voxels with a better one is the same thing.
  func distinct() -> [Find] {
    var kept: [Find] = []
    let order = indices.sorted { (-self[$0].score.total, $0) < (-self[$1].score.total, $1) }
    for index in order {
      let (find, runs) = (self[index], self[index].mask.runs)
      guard let first = runs.first, let last = runs.last else { continue }
      let isKnown = kept.contains { other in
        guard let start = other.mask.runs.first, let end = other.mask.runs.last,
          start.lowerBound < last.upperBound, first.lowerBound < end.upperBound
        else { return false }
        return 2 * other.mask.intersection(find.mask) > Swift.min(other.mask.count, find.mask.count)
      }
      if !isKnown { kept.append(find) }
    }
    return kept
  }
}
