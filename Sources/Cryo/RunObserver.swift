import SAM

/// What a run tells whoever watches it. The stages never print.
public protocol RunObserver: Sendable {
  /// A remark, one line.
  func note(_ text: String)
  /// A stage of `total` steps begins, called `unit` in the plural.
  func begin(_ title: String, total: Int, unit: String) -> any StageProgress
}

/// The steps of one stage. May be told from any thread.
public protocol StageProgress: Sendable {
  /// `steps` more are done.
  func advance(by steps: Int)
  /// `steps` more were there from an earlier run.
  func skip(_ steps: Int)
  /// SAM answered a prompt. Told in the order of the sweeps, from one thread.
  func answered(_ step: SegmentationStep)
  /// The stage is over.
  func finish()
}

extension StageProgress {
  public func answered(_ step: SegmentationStep) {}
}

/// One question to SAM during prompt-based segmentation, and what was made of the answer.
public struct SegmentationStep: Sendable {
  /// The number of the point, from 0.
  public let point: Int
  public let axis: Axis
  public let slice: Int
  public let prompt: Prompt
  /// The mask on the slice before; nil on the point's own slice.
  public let previous: BitMask?
  public let prediction: Prediction
  /// The candidate that was taken; nil: the propagation ended.
  public let chosen: Int?
}

/// An observer that says nothing.
public struct SilentObserver: RunObserver, StageProgress {
  public init() {}
  public func note(_ text: String) {}
  public func begin(_ title: String, total: Int, unit: String) -> any StageProgress { self }
  public func advance(by steps: Int) {}
  public func skip(_ steps: Int) {}
  public func finish() {}
}
