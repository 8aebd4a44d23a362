import Images
import Volumes

/// Which text of the method is followed.
///
/// A profile is a set of choices. Those of values are made in this file, those of algorithms in
/// `PipelineParameters+Stages.swift`; the stages take them as values and know nothing of profiles. What the two do
/// differently is told point by point in `docs/reference-profile.md`.
public enum Profile: String, Sendable, CaseIterable {
  /// The paper.
  case paper
  /// The authors' released code, deviations included.
  case reference

  /// The axes to propagate along.
  var axes: [Axis] {
    switch self {
    case .paper: Axis.allCases
    case .reference: [.z]
    }
  }

  /// Percentiles of the voxels that become 0 and 255; nil: the voxels as they are, times 255.
  var contrast: Percentiles? {
    switch self {
    case .paper: .usual
    case .reference: nil
    }
  }

  /// The ways of matching that it has.
  public var matchings: [Matching] {
    switch self {
    case .paper: Matching.allCases
    case .reference: [.hierarchical]
    }
  }

  /// What must be said of a SAM whose low-resolution logits are `logitSide` squared.
  func remark(onLogits logitSide: Int) -> String? {
    switch self {
    case .paper: nil
    case .reference: ReleasedMaskRules.remark(onLogits: logitSide)
    }
  }
}
