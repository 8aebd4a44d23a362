import Files

/// Everything that changes a run's result, apart from the tomogram, the prompts and the weights.
public struct PipelineParameters: Sendable, Equatable {
  public let profile: Profile
  public var matching = Matching.hierarchical
  /// The downsampling ratios of hierarchical matching, coarsest first.
  public var pyramid = [16, 8, 4]
  /// K
  public var topK = 512
  /// τ_sim
  public var leastSimilarity = 0.5
  /// τ_IoU
  public var leastIoU = 0.5
  /// The largest mask on one slice, in voxels.
  public var largestArea = 32 * 32
  public var axes: [Axis]
  /// Percentiles of the voxels that become 0 and 255; nil: the voxels as they are, times 255.
  public var contrast: (low: Double, high: Double)?
  public var inverted = false
  /// Whose features are matched; nil: those of the weights given.
  public var features: FeatureExtractor?
  /// Side of DINO's input.
  public var featureInputSide = 518

  /// The choices of `profile`; each can be changed.
  public init(_ profile: Profile = .paper) {
    self.profile = profile
    (axes, contrast) = (profile.axes, profile.contrast)
  }

  /// The profile, contrast and inversion of the run with the record `run`.
  package init(contrastOf run: JSON) {
    let parameters = run["parameters"]
    self.init(parameters?["profile"]?.string.flatMap(Profile.init) ?? .paper)
    if let percentiles = parameters?["contrast"]?.array?.compactMap(\.double), percentiles.count == 2 {
      contrast = (percentiles[0], percentiles[1])
    }
    inverted = parameters?["invert"]?.bool ?? false
  }

  public static func == (a: PipelineParameters, b: PipelineParameters) -> Bool { a.json == b.json }

  /// The parameters by the names of their options.
  public var json: JSON {
    .object(Self.joined([["profile": .string(profile.rawValue)], matchingJSON, segmentationJSON]))
  }

  /// Those of matching and the features it uses.
  public var matchingJSON: JSON {
    [
      "matching": .string(matching.rawValue), "ratios": .array(pyramid.map { .integer($0) }),
      "top_k": .integer(topK),
      "similarity": .number(leastSimilarity),
      "features": features.map { .string($0.rawValue) } ?? .null,
      "dino_size": features == .sam ? .null : .integer(featureInputSide),
    ]
  }

  /// Those of prompt-based segmentation.
  public var segmentationJSON: JSON {
    .object(
      Self.joined([
        [
          "iou": .number(leastIoU), "max_area": .integer(largestArea),
          "axes": .string(axes.map(\.name).joined()),
        ], imageJSON,
      ]))
  }

  /// Those that the search alone depends on.
  public var searchJSON: JSON {
    features == .sam ? .object(Self.joined([matchingJSON, imageJSON])) : matchingJSON
  }

  /// Those of SAM's images.
  private var imageJSON: JSON {
    [
      "contrast": contrast.map { [.number($0.low), .number($0.high)] } ?? .null,
      "invert": .bool(inverted),
    ]
  }

  private static func joined(_ objects: [JSON]) -> JSON.Object {
    objects.compactMap(\.object).reduce(into: JSON.Object()) { all, object in
      for member in object.members { all.append(member.key, member.value) }
    }
  }
}
