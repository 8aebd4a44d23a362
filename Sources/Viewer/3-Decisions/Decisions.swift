import Cryo
import Volumes

/// What stands of all that people did.
public struct Decisions: Sendable, Equatable {
  public private(set) var marks: [Mark] = []
  /// Whether the find whose prompt is at a place is a pick.
  public private(set) var verdicts: [VoxelPoint: Bool] = [:]
  /// The least score of a pick; nil: as the run decided.
  public private(set) var threshold: Double?
  /// How many actions can be taken back.
  public private(set) var depth = 0
  /// Whether something was decided since picks were last written.
  public private(set) var isUnsaved = false

  public init() {}

  public init(_ entries: [Entry]) {
    var standing: [Action] = []
    for entry in entries {
      switch entry.action {
      case .undo: isUnsaved = standing.popLast() != nil || isUnsaved
      case .searched:
        // What was found was written with its marks; verdicts and cut are another matter.
        isUnsaved = standing.contains(where: \.isOfFinds)
      case .exported: isUnsaved = false
      default:
        standing.append(entry.action)
        isUnsaved = true
      }
    }
    depth = standing.count
    for action in standing {
      switch action {
      case .mark(let mark):
        marks.removeAll { $0.point == mark.point }
        marks.append(mark)
      case .unmark(let point): marks.removeAll { $0.point == point }
      case .judge(let place, let isPick): verdicts[place] = isPick
      case .cut(let threshold): self.threshold = threshold
      case .undo, .searched, .exported: break
      }
    }
  }

  /// The cut that stands where the run's was `cut`.
  func cut(_ cut: Cut) -> Cut {
    var cut = cut
    if let threshold { cut.rule = .threshold(threshold) }
    return cut
  }

  /// What is a pick of `judgement` with these.
  func corrected(_ judgement: Judgement) -> Judgement {
    judgement.corrected { verdicts[$0.proposal.point] }
  }

  /// What is looked for, and what not. Where there are several kinds, the one without a name is called `particle`.
  ///
  /// - Throws: `Failure` if nothing is looked for, or there are too many kinds.
  func kinds() throws -> [PromptedKind] {
    let wanted = marks.filter(\.isWanted)
    let areSeveral = Set(wanted.map(\.name)).count > 1
    return try [PromptedKind](
      wanted.map { NamedPoint(areSeveral ? $0.name ?? Self.unnamed : $0.name, $0.point) },
      not: marks.filter { !$0.isWanted }.map { NamedPoint(nil, $0.point) })
  }

  /// What a kind without a name is called.
  static let unnamed = "particle"
}
