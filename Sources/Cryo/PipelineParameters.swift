import Files

/// Which text of the method is followed.
public enum Profile: String, Sendable, CaseIterable {
  /// The paper.
  case paper
  /// The authors' released code, deviations included.
  case reference
}

/// Everything that changes a run's result, apart from the tomogram, the prompts and the weights.
public struct PipelineParameters: Sendable, Equatable {
  public var profile = Profile.paper
  public var matching = Matching.hierarchical
  /// K
  public var topK = 512
  /// τ_sim
  public var leastSimilarity = 0.5
  /// τ_IoU
  public var leastIoU = 0.5
  /// The largest mask on one slice, in voxels.
  public var largestArea = 32 * 32
  public var axes: [Axis] = [.z, .y, .x]
  /// Percentiles of the voxels that become 0 and 255.
  public var contrast = (low: 0.5, high: 99.5)
  public var inverted = false
  /// Side of the feature encoder's input.
  public var featureInputSide = 518

  public init() {}

  public static func == (a: PipelineParameters, b: PipelineParameters) -> Bool { a.json == b.json }

  /// The parameters by the names of their options.
  public var json: JSON {
    .object(Self.joined([["profile": .string(profile.rawValue)], matchingJSON, segmentationJSON]))
  }

  /// Those of matching and the features it uses.
  public var matchingJSON: JSON {
    [
      "matching": .string(matching.rawValue), "top_k": .integer(topK),
      "similarity": .number(leastSimilarity), "dino_size": .integer(featureInputSide),
    ]
  }

  /// Those of prompt-based segmentation.
  public var segmentationJSON: JSON {
    [
      "iou": .number(leastIoU), "max_area": .integer(largestArea),
      "axes": .string(axes.map(\.name).joined()),
      "contrast": [.number(contrast.low), .number(contrast.high)],
      "invert": .bool(inverted),
    ]
  }

  private static func joined(_ objects: [JSON]) -> JSON.Object {
    objects.compactMap(\.object).reduce(into: JSON.Object()) { all, object in
      for member in object.members { all.append(member.key, member.value) }
    }
  }

  var segmentation: CrossPlaneSelfPrompting {
    CrossPlaneSelfPrompting(rules: MaskRules(leastIoU: leastIoU, largestArea: largestArea), axes: axes)
  }

  var search: FeatureMatching {
    FeatureMatching(matching: matching, threshold: Float(leastSimilarity), topK: topK)
  }
}
