import DINOv2
import Files
import NN
import Platform
import SAM
import Volumes

/// How near a run's own slices come to float32 in a narrower precision: before hours are spent.
///
/// A slice across each axis that is needed, through the first point or the middle, goes through both.
public struct PrecisionCheck: Sendable, Equatable {
  public let precision: Precision
  public internal(set) var slices: Int
  /// The mean cosine of patch vectors with those of float32.
  public internal(set) var tokenCosine: Double?
  /// The greatest relative error (L2) of an embedding of SAM's.
  public internal(set) var embeddingError: Double?
  /// The mean IoU of SAM's masks at the points with those of float32; nil without points, or where there are no masks.
  public internal(set) var maskIoU: Double?

  public static let leastTokenCosine = 0.99
  public static let greatestEmbeddingError = 0.2
  public static let leastMaskIoU = 0.9

  public init(
    _ precision: Precision, slices: Int = 0, tokenCosine: Double? = nil, embeddingError: Double? = nil,
    maskIoU: Double? = nil
  ) {
    (self.precision, self.slices) = (precision, slices)
    (self.tokenCosine, self.embeddingError, self.maskIoU) = (tokenCosine, embeddingError, maskIoU)
  }

  /// Whether all is within the limits; what is not a number is not.
  public var holds: Bool {
    (tokenCosine.map { $0 >= Self.leastTokenCosine } ?? true)
      && (embeddingError.map { $0 <= Self.greatestEmbeddingError } ?? true)
      && (maskIoU.map { $0 >= Self.leastMaskIoU } ?? true)
  }

  /// `int8 beside float32 on 3 slices: cosine of features 0.9993 (at least 0.99), ...`
  public var text: String {
    let parts = [
      tokenCosine.map { "cosine of features \(decimal($0, places: 4)) (at least \(Self.leastTokenCosine))" },
      embeddingError.map {
        "error of embeddings \(decimal($0, places: 4)) (at most \(Self.greatestEmbeddingError))"
      },
      maskIoU.map { "IoU of masks \(decimal($0, places: 3)) (at least \(Self.leastMaskIoU))" },
    ].compactMap { $0 }
    return "\(precision.rawValue) beside float32 on \(slices) slices: \(parts.joined(separator: ", "))"
  }

  public var json: JSON {
    func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
    return [
      "precision": .string(precision.rawValue), "slices": .integer(slices),
      "token_cosine": number(tokenCosine), "embedding_error": number(embeddingError),
      "mask_iou": number(maskIoU), "holds": .bool(holds),
    ]
  }

  /// What a run ends with that is not to go on.
  public var failure: Failure {
    Failure(
      .badData, text,
      remedy: "use --precision float32, or --precision-fallback to go on in float32 in such a case")
  }
}

extension RunContext {
  /// Compares what `features` and `slices` compute in the run's precision with float32. What is computed of theirs is
  /// stored.
  ///
  /// - Parameter features: the slices' features and the weights they are by; nil if SAM's are matched.
  /// - Returns: nil for float32, and if all slices are there already.
  /// - Throws: `Failure` if weights cannot be read or a slice not be stored.
  public func precisionCheck(
    _ features: (of: SliceFeatures, weights: String)?, _ slices: (of: EmbeddedSlices, weights: String)?,
    at points: [VoxelPoint]
  ) throws -> PrecisionCheck? {
    guard parameters.precision != .float32 else { return nil }
    let shape = tomogram.shape
    let place =
      points.first
      ?? VoxelPoint(x: Double(shape.width) / 2, y: Double(shape.height) / 2, z: Double(shape.depth) / 2)
    func index(_ axis: Axis) -> Int { min(shape[axis] - 1, max(0, Int(place[axis].rounded()))) }
    // SAM sees only slices across the axes that particles are followed along.
    let axes = features == nil ? parameters.axes : Axis.allCases
    var check = PrecisionCheck(parameters.precision, slices: axes.count)
    var isNeeded = false
    if let features, features.of.slices().contains(where: { !features.of.isStored($0.axis, $0.index) }) {
      isNeeded = true
      let wide = try wideEncoder(features.weights)
      let cosines = try axes.map { axis in
        TokenAgreement(
          try features.of.grid(axis, index(axis)).vectors,
          reference: wide.features(of: tomogram.plane(axis, index(axis))).vectors
        ).cosine
      }
      check.tokenCosine = cosines.reduce(0, +) / Double(cosines.count)
    }
    if let slices,
      parameters.axes.contains(where: { axis in (0..<shape[axis]).contains { !slices.of.isStored(axis, $0) } }
      )
    {
      isNeeded = true
      let wide = try SegmentAnything(try SafetensorsFile(slices.weights))
      var (errors, overlaps) = ([Double](), [Double]())
      for axis in parameters.axes {
        let narrow = try slices.of.slice(axis, index(axis)).image
        let exact = wide.embed(slices.of.stretch(tomogram.plane(axis, index(axis))))
        errors.append(TokenAgreement(narrow.embedding, reference: exact.embedding).error)
        guard !points.isEmpty else { continue }
        let answers = [exact, narrow].map { wide.predict($0, [place.prompt(on: axis)], multimask: true)[0] }
        let scores = answers[0].predictedIoU
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else { continue }
        let (mask, other) = (answers[0].masks[best], answers[1].masks[best])
        let common = mask.intersection(other)
        if mask.area > 0 { overlaps.append(Double(common) / Double(mask.area + other.area - common)) }
      }
      check.embeddingError = errors.max()
      check.maskIoU = overlaps.isEmpty ? nil : overlaps.reduce(0, +) / Double(overlaps.count)
    }
    return isNeeded ? check : nil
  }
}
