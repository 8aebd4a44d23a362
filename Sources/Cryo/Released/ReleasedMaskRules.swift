import NN
import SAM
import Volumes

/// How the released code follows a particle from slice to slice (`predict_sam_z`).
///
/// It differs from `MaskRules` in that all limits are strict, an empty mask may begin a particle, the next point is
/// the corner of a cell that may lie in the padding, and the next mask prompt is 0 and 1 instead of logits.
public struct ReleasedMaskRules: PropagationRules, Equatable {
  /// `iou_threshold`: the masks on neighbouring slices overlap by more.
  public var iouLimit: Double
  /// `area_threshold`: a mask on one slice is smaller, in voxels.
  public var areaLimit: Int

  /// `score_threshold`: a mask's predicted IoU is greater.
  static let scoreLimit: Float = 0
  /// `logit_threshold`: what is greater is 1 in a mask prompt.
  static let logitLimit: Float = 0
  /// The side of SAM's low-resolution logits, a constant in the released code: with a model of another side its points
  /// mean nothing.
  static let logitSide = 256

  public init(iouLimit: Double, areaLimit: Int) {
    (self.iouLimit, self.areaLimit) = (iouLimit, areaLimit)
  }

  /// What must be said of a model with logits of another side.
  static func remark(onLogits side: Int) -> String? {
    guard side != logitSide else { return nil }
    return
      "this model's logits are \(side) x \(side); as in the released code, points are found as if they were "
      + "256 x 256 and will miss; use a model with 256 x 256, as the published ones, or '--profile paper'"
  }

  /// The voxel nearest to `point`, halves to the even one as NumPy rounds: prompts are integers there.
  public func start(_ point: VoxelPoint) -> VoxelPoint {
    VoxelPoint(
      x: point.x.rounded(.toNearestOrEven), y: point.y.rounded(.toNearestOrEven),
      z: point.z.rounded(.toNearestOrEven))
  }

  /// The best-scored candidate of those that are small enough, have a positive score and, after the first slice,
  /// overlap enough; 0 / 0 is not enough.
  public func choose(_ prediction: Prediction, previous: BitMask?) -> Candidate? {
    prediction.best { mask, score in
      guard mask.area < areaLimit, score > Self.scoreLimit else { return false }
      guard let overlap = previous.map(mask.overlap) else { return true }
      return Double(overlap.intersection) > iouLimit * Double(overlap.union)
    }
  }

  /// The first greatest logit, padding included, as the corner of its cell and as if the slice were square; and the
  /// logits' signs as 0 and 1.
  public func prompt(after candidate: Candidate, on image: EmbeddedImage, inputSide: Int) -> Prompt {
    let peak = candidate.logits.withElements { logits in
      logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
    }
    let side = Double(Self.logitSide)
    let point = Prompt.Point(
      x: Double(peak % Self.logitSide) / side * Double(image.originalWidth),
      y: Double(peak / Self.logitSide) / side * Double(image.originalHeight))
    let mask = candidate.logits.withElements { logits in
      Tensor(candidate.logits.shape, logits.map { $0 > Self.logitLimit ? 1 : 0 })
    }
    return Prompt(points: [point], mask: mask)
  }
}
