/// Which text of the method is followed.
///
/// A profile is a set of choices. They are all made in this file; the stages take them as values and know nothing of
/// profiles. What the two do differently is told point by point in `docs/reference-profile.md`.
public enum Profile: String, Sendable, CaseIterable {
  /// The paper.
  case paper
  /// The authors' released code, deviations included.
  case reference

  /// The axes to propagate along.
  var axes: [Axis] {
    switch self {
    case .paper: [.z, .y, .x]
    case .reference: [.z]
    }
  }

  /// Percentiles of the voxels that become 0 and 255; nil: the voxels as they are, times 255.
  var contrast: (low: Double, high: Double)? {
    switch self {
    case .paper: (0.5, 99.5)
    case .reference: nil
    }
  }
}

extension PipelineParameters {
  /// How slices become images.
  package func stretch(_ tomogram: Tomogram) throws -> ContrastStretch {
    guard let contrast else { return .unscaled(inverted: inverted) }
    return try ContrastStretch(tomogram, percentiles: contrast, inverted: inverted)
  }

  /// Stages 2 and 5.
  var segmentation: CrossPlaneSelfPrompting {
    let rules: any PropagationRules =
      switch profile {
      case .paper: MaskRules(leastIoU: leastIoU, largestArea: largestArea)
      case .reference: ReleasedMaskRules(iouLimit: leastIoU, areaLimit: largestArea)
      }
    return CrossPlaneSelfPrompting(rules: rules, axes: axes)
  }

  /// The voxels whose features make the query, for each prompted particle (stage 3).
  ///
  /// - Throws: `Failure` where the released code breaks off.
  func pooledVoxels(_ prompted: [ParticleMask], in shape: VolumeShape) throws -> [VoxelMask] {
    switch profile {
    case .paper: prompted.map(\.voxels)
    case .reference: try prompted.compactMap { try $0.centralVoxel(in: shape) }
    }
  }

  /// Stage 4.
  var search: any ProposalSearch {
    switch profile {
    case .paper:
      FeatureMatching(matching: matching, threshold: Float(leastSimilarity), topK: topK, pyramid: pyramid)
    case .reference: ReleasedMatching(threshold: Float(leastSimilarity), topK: topK, pyramid: pyramid)
    }
  }
}
