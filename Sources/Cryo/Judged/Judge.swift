import Files
import Parallel
import Volumes

/// Compares what proposals gave with the prompted particles.
struct Judge {
  let exemplars: [Exemplar]
  let features: SliceFeatures
  private let matches: [RadialMatch]

  init(exemplars: [Exemplar], features: SliceFeatures) {
    (self.exemplars, self.features) = (exemplars, features)
    matches = exemplars.map { RadialMatch($0.profile) }
  }

  /// The proposals of all kinds, centred; the most promising first.
  func centred(_ proposals: [Proposal]) -> [Proposal] {
    let centred = exemplars.indices.flatMap { kind in
      let own = proposals.filter { $0.query == kind }
      return own.isEmpty ? [] : Centring(exemplars[kind])(own, in: features.tomogram)
    }
    return centred.distinct(radii: exemplars.map(\.radius))
  }

  /// The particles that `proposals` gave, those without voxels left out.
  ///
  /// - Throws: `Failure` if features cannot be read.
  func finds(_ proposals: [Proposal], _ particles: [ParticleMask]) throws -> [Find] {
    try Parallel.mapThrowing(proposals.count) { index -> Find? in
      let particle = particles[index]
      guard !particle.voxels.isEmpty else { return nil }
      let (tomogram, middle) = (features.tomogram, proposals[index].point)
      let measures = Measures(particle, in: tomogram)
      let feature = try QueryFeature(pooling: features, over: [particle.voxels])
      let scores = zip(exemplars, matches).map { exemplar, match in
        Score(
          measures, feature: feature,
          profile: RadialProfile(of: tomogram, about: middle, radius: exemplar.profile.radius),
          correlation: match.correlation(about: middle, in: tomogram), like: exemplar)
      }
      func best(wanted: Bool) -> Int? {
        scores.indices.filter { exemplars[$0].kind.isWanted == wanted }.max {
          (scores[$0].total, -$0) < (scores[$1].total, -$1)
        }
      }
      guard let kind = best(wanted: true) else { return nil }
      return Find(
        proposal: proposals[index], mask: particle.voxels, measures: measures, kind: kind,
        score: scores[kind],
        unwanted: best(wanted: false).flatMap { scores[$0].total > scores[kind].total ? $0 : nil })
    }.compactMap { $0 }
  }
}

/// What was found like some exemplars, and what of it are picks.
public struct Judgement: Sendable {
  /// The kinds that finds were compared with.
  public let kinds: [Kind]
  /// Things of their own, best first.
  public let finds: [Find]
  /// One for each kind; for one that is not wanted there is nothing to decide.
  public let decisions: [Cut.Decision]
  /// Whether each find is a pick.
  public private(set) var isPick: [Bool]

  /// How far from its middle a pick of each kind can reach, in voxels; nil: as far as its mask.
  let reach: [Double?]

  /// Decides by `cut`, kind by kind. What is most like a kind that is not wanted is no pick, but counts among the scores
  /// that the cut is drawn from: to say what is not wanted takes picks away and changes no other.
  ///
  /// - Parameter reach: how far from its middle a pick of each kind can reach, in voxels; nil: as far as its mask.
  public init(_ finds: [Find], of kinds: [Kind], reach: [Double?]? = nil, by cut: Cut) {
    (self.finds, self.kinds) = (finds, kinds)
    self.reach = reach ?? kinds.map { _ in nil }
    var isPick = [Bool](repeating: false, count: finds.count)
    decisions = kinds.indices.map { kind in
      let own = finds.indices.filter { finds[$0].kind == kind }
      let decision = cut.decide(own.map { finds[$0].score.total }, sizes: own.map { cut.size(of: finds[$0]) })
      for (index, taken) in zip(own, decision.isPick) {
        isPick[index] = taken && finds[index].unwanted == nil
      }
      return decision
    }
    self.isPick = isPick
  }

  /// The same finds, decided by another cut.
  public func decided(by cut: Cut) -> Judgement { Judgement(finds, of: kinds, reach: reach, by: cut) }

  /// The same where a person decided of some finds: that counts, whatever they score.
  ///
  /// - Parameter verdicts: whether a find is a pick; nil: as it was.
  public func corrected(by verdicts: (Find) -> Bool?) -> Judgement {
    var corrected = self
    corrected.isPick = zip(finds, isPick).map { verdicts($0) ?? $1 }
    return corrected
  }

  /// The voxels that are the particle: of a pick's mask what lies no farther from its middle than the prompted
  /// particles reach, without thin parts, and of that the piece at the middle.
  package func body(of pick: Find, in shape: VolumeShape) -> VoxelMask {
    guard let reach = reach[pick.kind] else { return pick.mask }
    let body = pick.mask.limited(to: VoxelMask(ball: reach, about: pick.proposal.point, in: shape))
    guard !body.isEmpty else { return pick.mask }
    return body.smoothPiece(
      at: pick.proposal.point, thickness: max(1, Int((reach / 10).rounded())), in: shape)
  }

  public var picks: [Find] { zip(finds, isPick).filter(\.1).map(\.0) }

  /// The picks of each kind.
  var pickCounts: [Int] {
    var counts = [Int](repeating: 0, count: kinds.count)
    for pick in picks { counts[pick.kind] += 1 }
    return counts
  }

  /// The finds that are most like each kind.
  private var findCounts: [Int] {
    var counts = [Int](repeating: 0, count: kinds.count)
    for find in finds { counts[find.mostLike] += 1 }
    return counts
  }

  /// What was decided, for people: a line for each kind that is looked for, and one for all others.
  public var lines: [String] {
    var lines: [String] = []
    let (picked, found) = (pickCounts, findCounts)
    for (number, kind) in kinds.enumerated() where kind.isWanted {
      lines.append(
        (kind.name.map { "\($0): " } ?? "")
          + "\(picked[number]) of \(found[number]) finds are picks: they score "
          + "\(decimal(decisions[number].threshold, places: 3)) and more (\(decisions[number].reason)) "
          + "and have a fitting size")
    }
    let excluded = finds.count { $0.unwanted != nil }
    if excluded > 0 { lines.append("\(excluded) finds are more like what picks must not be") }
    return lines
  }

  /// `exemplars`, what was said of each, with where its cut lies.
  func json(_ exemplars: [JSON]) -> JSON {
    let (picked, found) = (pickCounts, findCounts)
    return .array(
      exemplars.enumerated().map { number, exemplar in
        var object = exemplar.object ?? JSON.Object()
        if kinds[number].isWanted {
          object["threshold"] = .number(decisions[number].threshold)
          object["reason"] = .string(decisions[number].reason)
        }
        object["finds"] = .integer(found[number])
        object["picks"] = .integer(picked[number])
        return .object(object)
      })
  }
}
