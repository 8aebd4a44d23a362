import Images
import Volumes

/// The stages as the profile has them.
extension PipelineParameters {
  /// How slices become images.
  ///
  /// - Throws: `Failure` if the tomogram has no contrast.
  package func stretch(_ tomogram: Tomogram) throws -> ContrastStretch {
    guard let contrast else { return .unscaled(inverted: inverted) }
    return try ContrastStretch(tomogram, contrast, inverted: inverted)
  }

  /// Stages 2 and 5.
  public var segmentation: CrossPlaneSelfPrompting {
    let rules: any PropagationRules =
      switch profile {
      case .paper: MaskRules(self)
      case .reference: ReleasedMaskRules(self)
      }
    return CrossPlaneSelfPrompting(rules: rules, axes: axes)
  }

  /// The voxels whose features make the query, for each prompted particle (stage 3).
  ///
  /// - Throws: `NoParticle` if there are none, or where the released code breaks off.
  func pooledVoxels(_ prompted: [ParticleMask], in shape: VolumeShape) throws -> [VoxelMask] {
    guard prompted.contains(where: { !$0.voxels.isEmpty }) else { throw NoParticle(prompted) }
    switch profile {
    case .paper: return prompted.map(\.voxels)
    case .reference: return try ReleasedQuery.centralVoxels(prompted, in: shape)
    }
  }

  /// Stage 4.
  public var search: any ProposalSearch {
    switch profile {
    case .paper: FeatureMatching(self)
    case .reference: ReleasedMatching(self)
    }
  }
}

extension MaskRules {
  public init(_ parameters: PipelineParameters) {
    self.init(leastIoU: parameters.leastIoU, largestArea: parameters.largestArea)
  }
}

extension ReleasedMaskRules {
  public init(_ parameters: PipelineParameters) {
    self.init(iouLimit: parameters.leastIoU, areaLimit: parameters.largestArea)
  }
}

extension FeatureMatching {
  public init(_ parameters: PipelineParameters) {
    self.init(
      matching: parameters.matching, threshold: Float(parameters.leastSimilarity), topK: parameters.topK,
      pyramid: parameters.pyramid)
  }
}

extension ReleasedMatching {
  public init(_ parameters: PipelineParameters) {
    self.init(
      threshold: Float(parameters.leastSimilarity), topK: parameters.topK, pyramid: parameters.pyramid)
  }
}
