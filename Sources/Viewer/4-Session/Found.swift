import Cryo
import Files
import Platform
import Volumes

/// What was found: by a run that is complete, or by one that goes on.
struct Found: Sendable {
  /// Raised when there are other finds.
  var version: Int
  /// By the run's own cut.
  var judgement: Judgement
  var cut: Cut

  /// What are picks with `decisions`.
  func judgement(_ decisions: Decisions) -> Judgement {
    decisions.corrected(decisions.threshold == nil ? judgement : judgement.decided(by: decisions.cut(cut)))
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
        "runs": .integer(find.mask.runs.count),
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
  func masks(in shape: VolumeShape) -> [UInt8] { judgement.finds.flatMap { $0.mask.bytes(in: shape) } }
}
