import Cryo
import Files
import Volumes

/// Matching against cosines of vectors that are interpolated one place at a time, in double precision.
package enum MatchingCheck {
  /// How far similarities may be off: as much as the contract allows.
  private static let limit = 1e-5

  /// A small volume: every sample of the last level, and all proposals.
  ///
  /// - Parameter match: the search that is checked.
  package static func small(
    _ search: FeatureMatching, in scratch: Scratch,
    _ match: (FeatureMatching, QueryFeature, SliceFeatures) throws -> FeatureMatching.Result = {
      try $0($1, $2)
    }
  ) throws -> [Agreement] {
    let made = MadeFeatures(VolumeShape(36, 50, 66), side: 6, channels: 40, balls: 4, radius: 18)
    let (features, encoder) = try made.cached(
      in: try scratch.folder(bytes: made.bytes + made.shape.count) + "/small")
    let result = try match(search, made.query, features)
    try encoder.requireUnasked()
    let plain = PlainMatching(made)
    let expected = plain.map(
      ratios: search.matching == .hierarchical ? [16, 8, 4] : [1], Double(search.threshold))
    var (worst, matching) = (result.map.values.count == expected.count ? 0.0 : .infinity, 0)
    for (value, similarity) in zip(result.map.values, expected) {
      guard let similarity else { continue }
      worst = max(worst, abs(Double(value) - similarity))
      if similarity >= Double(search.threshold) { matching += 1 }
    }
    let radius = search.matching == .hierarchical ? 2 : 8
    let proposals = plain.proposals(
      result.map, radius: radius, threshold: search.threshold, topK: search.topK ?? .max)
    let found = result.proposals.map {
      PlainMatching.Peak(z: $0.z, y: $0.y, x: $0.x, similarity: $0.similarity)
    }
    return [
      Agreement("similarities of a small volume", error: worst, limit: limit),
      Agreement("proposals of a small volume", same: proposals == found && !proposals.isEmpty),
      Agreement("a small volume in which something matches", same: matching > 0),
    ]
  }

  /// Some samples of the full volume: the best proposals, and places all over it that were scored.
  static func some(of result: FeatureMatching.Result, _ made: MadeFeatures) -> [Agreement] {
    let plain = PlainMatching(made)
    let shape = result.map.grid.shape
    var numbers = SplitMix64(seed: 9)
    var samples: [Int] = []
    while samples.count < 30 {
      let sample = Int(numbers.next() % UInt64(shape.count))
      if result.map.values[sample] != 0 { samples.append(sample) }
    }
    let best = result.map.values.indices.filter {
      result.map.values[$0] == result.proposals.first?.similarity
    }
    let levels = result.levels.map { "\($0.passed) of \($0.scored)" }.joined(separator: ", ")
    let worst = (samples + best.prefix(1)).map { sample in
      abs(Double(result.map.values[sample]) - plain.similarity(plain.place(sample, shape)))
    }
    return [
      Agreement(
        "\(worst.count) similarities (levels passed by \(levels))", error: worst.max() ?? .infinity,
        limit: limit),
      Agreement("the number of proposals", same: !result.proposals.isEmpty && !best.isEmpty),
    ]
  }
}
