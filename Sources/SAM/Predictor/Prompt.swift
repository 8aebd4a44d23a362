import NN

/// What SAM is asked about an image. Coordinates are pixels of the original image, (x, y), pixel centres at
/// integers, as `SamPredictor.predict` takes them.
public struct Prompt: Sendable {
  public struct Point: Sendable, Equatable {
    public var x: Double
    public var y: Double
    /// 1 foreground, 0 background, -1 padding (not a point).
    public var label: Int

    public init(x: Double, y: Double, label: Int = 1) {
      self.x = x
      self.y = y
      self.label = label
    }
  }
  public struct Box: Sendable, Equatable {
    public var x0: Double
    public var y0: Double
    public var x1: Double
    public var y1: Double

    public init(x0: Double, y0: Double, x1: Double, y1: Double) {
      (self.x0, self.y0, self.x1, self.y1) = (x0, y0, x1, y1)
    }
  }

  public var points: [Point]
  public var box: Box?
  /// Low-resolution mask `[4g, 4g]`: logits, or 0 and 1.
  public var mask: Tensor?

  public init(points: [Point] = [], box: Box? = nil, mask: Tensor? = nil) {
    self.points = points
    self.box = box
    self.mask = mask
  }
}

/// SAM's answer to one prompt: K candidate masks (3 with multi-mask output, else 1).
public struct Prediction: Sendable {
  /// Masks of the original image's size: logits over the threshold.
  public var masks: [BitMask]
  /// Predicted IoU of each mask, `[K]`.
  public var predictedIoU: [Float]
  /// Low-resolution logits `[K, 4g, 4g]`.
  public var lowResolutionLogits: Tensor

  public init(masks: [BitMask], predictedIoU: [Float], lowResolutionLogits: Tensor) {
    self.masks = masks
    self.predictedIoU = predictedIoU
    self.lowResolutionLogits = lowResolutionLogits
  }
}

/// An image that the encoder has seen.
public struct EmbeddedImage: Sendable {
  /// `[g, g, D]`, channels last.
  public let embedding: Tensor
  public let originalHeight: Int
  public let originalWidth: Int
  /// Size after resizing the longest side to S, before padding.
  public let inputHeight: Int
  public let inputWidth: Int

  public init(
    embedding: Tensor, originalHeight: Int, originalWidth: Int, inputHeight: Int, inputWidth: Int
  ) {
    self.embedding = embedding
    self.originalHeight = originalHeight
    self.originalWidth = originalWidth
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
  }
}
