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
      case .judged, .paper: MaskRules(self)
      case .reference: ReleasedMaskRules(self)
      }
    return CrossPlaneSelfPrompting(rules: rules, axes: axes, masks: masks)
  }

  /// The voxels whose features make the query, for each prompted particle (stage 3).
  ///
  /// - Throws: `NoParticle` if there are none, or where the released code breaks off.
  func pooledVoxels(_ prompted: [ParticleMask], in shape: VolumeShape) throws -> [VoxelMask] {
    guard prompted.contains(where: { !$0.voxels.isEmpty }) else { throw NoParticle(prompted) }
    switch profile {
    case .judged, .paper: return prompted.map(\.voxels)
    case .reference: return try ReleasedQuery.centralVoxels(prompted, in: shape)
    }
  }

  /// Stage 4.
  ///
  /// - Parameter particleRadius: of the prompted particles, in voxels, if known.
  public func search(particleRadius: Double? = nil) -> any ProposalSearch {
    switch profile {
    case .judged:
      (diameter.map { $0 / 2 } ?? particleRadius).map { FeatureMatching(self, particleRadius: $0) }
        ?? FeatureMatching(self)
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

  /// All places, as near to each other as particles of `particleRadius` voxels can be.
  fileprivate init(_ parameters: PipelineParameters, particleRadius: Double) {
    self.init(parameters)
    topK = nil
    if parameters.matching == .naive { window = min(8, max(2, Int((0.8 * particleRadius).rounded()))) }
  }
}

extension ReleasedMatching {
  public init(_ parameters: PipelineParameters) {
    self.init(
      threshold: Float(parameters.leastSimilarity), topK: parameters.topK ?? .max,
      pyramid: parameters.pyramid)
  }
}
