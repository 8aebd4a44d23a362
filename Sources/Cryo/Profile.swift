import Images
import Volumes

/// Which text of the method is followed.
///
/// A profile is a set of choices. Those of values are made in this file, those of algorithms in
/// `PipelineParameters+Stages.swift`; the stages take them as values and know nothing of profiles. What paper and release do
/// differently is told point by point in `docs/reference-profile.md`.
public enum Profile: String, Sendable, CaseIterable {
  /// The paper's method, and each find compared with the prompted particles: `Judged/`.
  case judged
  /// The paper.
  case paper
  /// The authors' released code, deviations included.
  case reference

  public static let usual = Profile.judged

  /// The axes to propagate along.
  var axes: [Axis] {
    switch self {
    case .judged, .paper: Axis.allCases
    case .reference: [.z]
    }
  }

  /// Percentiles of the voxels that become 0 and 255; nil: the voxels as they are, times 255.
  var contrast: Percentiles? {
    switch self {
    case .judged, .paper: .usual
    case .reference: nil
    }
  }

  /// What is looked for among the voxels that is not the specimen.
  var cleaning: VoxelCleaning.Choice {
    switch self {
    case .judged, .paper: .usual
    case .reference: .none
    }
  }

  /// How proposals are searched for.
  public var matching: Matching {
    switch self {
    case .judged: .naive
    case .paper, .reference: .hierarchical
    }
  }

  /// K.
  public var topK: Int? {
    switch self {
    case .judged: nil
    case .paper, .reference: 512
    }
  }

  var masks: MaskForm {
    switch self {
    case .judged: .particle
    case .paper, .reference: .union
    }
  }

  /// The ways of matching that it has.
  public var matchings: [Matching] {
    switch self {
    case .judged, .paper: Matching.allCases
    case .reference: [.hierarchical]
    }
  }

  /// What must be said of a SAM whose low-resolution logits are `logitSide` squared.
  func remark(onLogits logitSide: Int) -> String? {
    switch self {
    case .judged, .paper: nil
    case .reference: ReleasedMaskRules.remark(onLogits: logitSide)
    }
  }
}
