/// The paper's five steps, in order. The raw value is what a run's progress and record call it.
public enum Stage: String, Sendable, CaseIterable, Comparable {
  /// 1. Features of every slice of the three views (eq. 1).
  case features
  /// 2. The particles that the user points at, by cross-plane self-prompting (eq. 2-3).
  case prompted = "prompted particles"
  /// 3. Their mean feature (eq. 4).
  case query
  /// 4. Places whose features are like the query (eq. 5-6).
  case matching
  /// 5. Each such place prompts a segmentation as the user's points do.
  case proposed = "proposed particles"

  public static func < (a: Stage, b: Stage) -> Bool { a.number < b.number }

  private var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Seconds of each stage and how often the networks were run: what differs between a fresh and a resumed run.
public struct Work: Sendable {
  public internal(set) var seconds: [(stage: Stage, seconds: Double)] = []
  /// Slices encoded for features.
  public internal(set) var featureSlices = 0
  /// What SAM did.
  public internal(set) var prompting = CrossPlaneSelfPrompting.Counts()

  public init() {}

  /// A stage may come in several parts.
  mutating func add(_ seconds: Double, to stage: Stage) {
    if let known = self.seconds.firstIndex(where: { $0.stage == stage }) {
      self.seconds[known].seconds += seconds
    } else {
      self.seconds.append((stage, seconds))
    }
  }
}
