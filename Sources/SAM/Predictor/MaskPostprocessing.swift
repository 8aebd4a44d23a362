import NN

/// Brings low-resolution logits to the original image: to the padded square, cropped, to the original size, both
/// bilinear without antialiasing (`Sam.postprocess_masks`).
///
/// Along each axis both steps are one blend of at most four logits, so the square is never made.
///
/// Shapes: `logits [4g, 4g]` → `[originalHeight, originalWidth]`.
public struct MaskPostprocessing: Sendable {
  private let rows: AxisSampling
  private let columns: AxisSampling

  public init(_ configuration: SAMConfiguration, _ image: EmbeddedImage) {
    let square = AxisSampling.linear(
      inputs: configuration.lowResolutionSide, outputs: configuration.imageSize)
    func sampling(_ input: Int, _ original: Int) -> AxisSampling {
      AxisSampling.linear(inputs: input, outputs: original).after(square.first(input))
    }
    rows = sampling(image.inputHeight, image.originalHeight)
    columns = sampling(image.inputWidth, image.originalWidth)
  }

  /// The logits at the original image's pixels.
  public func fullLogits(_ logits: Tensor) -> Tensor {
    resample(logits, rows: rows, columns: columns).reshaped([rows.outputs, columns.outputs])
  }

  /// The pixels whose logit is above `threshold`.
  public func mask(_ logits: Tensor, threshold: Float) -> BitMask {
    let full = fullLogits(logits)
    return full.withElements { values in
      BitMask(height: full.shape[0], width: full.shape[1]) { values[$0] > threshold }
    }
  }
}
