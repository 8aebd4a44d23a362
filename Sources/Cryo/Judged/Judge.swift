import Files
import Parallel
import Volumes

/// Compares what proposals gave with the prompted particles.
struct Judge {
  let exemplars: [Exemplar]
  let features: SliceFeatures

  /// The proposals of all kinds, centred; the most promising first.
  func centred(_ proposals: [[Proposal]]) -> [Proposal] {
    let centred = zip(exemplars, proposals).flatMap { exemplar, proposals in
      proposals.isEmpty ? [] : Centring(exemplar)(proposals, in: features.tomogram)
    }
    let radius = exemplars.filter(\.isWanted).map(\.radius).min() ?? 1
    return centred.distinct(distance: max(1, radius))
  }

  /// The particles that `proposals` gave, those without voxels left out.
  ///
  /// - Throws: `Failure` if features cannot be read.
  func finds(_ proposals: [Proposal], _ particles: [ParticleMask]) throws -> [Find] {
    try Parallel.mapThrowing(proposals.count) { index -> Find? in
      let particle = particles[index]
      guard !particle.voxels.isEmpty else { return nil }
      let measures = Measures(particle, in: features.tomogram)
      let feature = try QueryFeature(pooling: features, over: [particle.voxels])
      let scores = exemplars.map { exemplar in
        let (tomogram, middle) = (features.tomogram, proposals[index].point)
        return Score(
          measures, feature: feature,
          profile: RadialProfile(of: tomogram, about: middle, radius: exemplar.profile.radius),
          correlation: RadialMatch(exemplar.profile).correlation(about: middle, in: tomogram), like: exemplar)
      }
      let kind = scores.indices.max { (scores[$0].total, -$0) < (scores[$1].total, -$1) } ?? 0
      return Find(
        proposal: proposals[index], mask: particle.voxels, measures: measures, kind: kind, score: scores[kind]
      )
    }.compactMap { $0 }
  }
}

/// What was found like some exemplars, and what of it are picks.
public struct Judgement: Sendable {
  /// Things of their own, best first.
  public let finds: [Find]
  /// One for each exemplar.
  public let decisions: [Cut.Decision]
  /// Whether each find is a pick.
  public let isPick: [Bool]

  /// Decides by `cut`, kind by kind.
  ///
  /// - Parameter wanted: for each exemplar whether picks are to be like it.
  public init(_ finds: [Find], wanted: [Bool], by cut: Cut) {
    self.finds = finds
    var isPick = [Bool](repeating: false, count: finds.count)
    decisions = wanted.indices.map { kind in
      let own = finds.indices.filter { finds[$0].kind == kind }
      let decision = cut.decide(own.map { finds[$0].score.total }, sizes: own.map { finds[$0].score.size })
      guard wanted[kind] else { return decision }
      for (index, taken) in zip(own, decision.isPick) { isPick[index] = taken }
      return decision
    }
    self.isPick = isPick
  }

  public var picks: [Find] { zip(finds, isPick).filter(\.1).map(\.0) }

  /// What was decided, for people: a line for each kind.
  public var lines: [String] {
    decisions.map { decision in
      "\(decision.isPick.count { $0 }) of \(decision.isPick.count) finds are picks: they score "
        + "\(decimal(decision.threshold, places: 3)) and more (\(decision.reason)) and have a fitting size"
    }
  }

  /// `kinds`, what was said of each exemplar, with where its cut lies.
  func json(_ kinds: [JSON]) -> JSON {
    .array(
      zip(kinds, decisions).map { kind, decision in
        var object = kind.object ?? JSON.Object()
        object["threshold"] = .number(decision.threshold)
        object["reason"] = .string(decision.reason)
        object["finds"] = .integer(decision.isPick.count)
        object["picks"] = .integer(decision.isPick.count { $0 })
        return .object(object)
      })
  }
}

extension Exemplar {
  /// What it is like.
  var json: JSON {
    [
      "kind": name.map { .string($0) } ?? .null, "wanted": .bool(isWanted), "voxels": .number(voxels),
      "radius": .number(radius), "density": .number(density), "contrast": .number(contrast),
      "correlation": .number(correlation), "profile": .array(profile.shells.map { .number($0) }),
      "profile_step": .number(profile.thickness),
    ]
  }
}
