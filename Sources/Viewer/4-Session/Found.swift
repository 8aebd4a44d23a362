import Cryo
import Files
import Parallel
import Platform
import Volumes

/// What was found: by a run that is complete, or by one that goes on.
struct Found: Sendable {
  /// Raised when there are other finds.
  let version: Int
  /// By the run's own cut.
  let judgement: Judgement
  let cut: Cut
  /// The voxels of each find that are the particle.
  private let bodies: [VoxelMask]

  init(version: Int, _ judgement: Judgement, by cut: Cut, in shape: VolumeShape) {
    (self.version, self.judgement, self.cut) = (version, judgement, cut)
    bodies = Parallel.map(judgement.finds.count) { judgement.body(of: judgement.finds[$0], in: shape) }
  }

  /// All finds with what was decided, best first.
  func json(_ decisions: Decisions) -> JSON {
    let decided = decisions.threshold == nil ? judgement : judgement.decided(by: decisions.cut(cut))
    let final = decisions.corrected(decided)
    let finds = final.finds.enumerated().map { number, find in
      JSON.members([
        "place": find.proposal.point.json, "centre": find.measures.centroid.json,
        "score": .number(find.score.total), "cosine": .number(find.score.cosine),
        "correlation": .number(find.score.correlation), "profile": .number(find.score.profile),
        "size": .number((exp(find.score.size) * 100).rounded() / 100),
        "voxels": .integer(find.measures.voxels), "kind": .integer(find.kind),
        "unwanted": .bool(find.unwanted != nil), "border": .bool(find.measures.touchesBorder),
        "pick": .bool(final.isPick[number]), "byScore": .bool(decided.isPick[number]),
        "verdict": decisions.verdicts[find.proposal.point].map { .bool($0) } ?? .null,
        "runs": .integer(bodies[number].runs.count),
      ])
    }
    let kinds = zip(final.kinds, final.decisions).map { kind, decision in
      JSON.members([
        "name": .string(kind.name ?? Decisions.unnamed), "wanted": .bool(kind.isWanted),
        "threshold": .number(decision.threshold), "reason": .string(decision.reason),
      ])
    }
    return .members(["version": .integer(version), "kinds": .array(kinds), "finds": .array(finds)])
  }

  /// The masks of all finds in their order (`VoxelMask.bytes`).
  func masks(in shape: VolumeShape) -> [UInt8] { bodies.flatMap { $0.bytes(in: shape) } }
}
