import SAM
import Volumes

/// One question to SAM during prompt-based segmentation, and what was made of the answer.
public struct SegmentationStep: Sendable {
  /// The number of the point, from 0.
  public private(set) var point: Int
  public let axis: Axis
  public let slice: Int
  public let prompt: Prompt
  /// The mask on the slice before; nil on the point's own slice.
  public let previous: BitMask?
  public let prediction: Prediction
  /// The candidate that was taken; nil: the propagation ended.
  public let chosen: Int?

  /// The same of a point that is one of several lists of points.
  func numbered(from first: Int) -> Self {
    var step = self
    step.point += first
    return step
  }
}
