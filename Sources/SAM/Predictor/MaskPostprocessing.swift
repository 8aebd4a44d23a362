import NN

/// Brings low-resolution logits to the original image: to the padded square, cropped, to the original size, both
/// bilinear without antialiasing (`Sam.postprocess_masks`).
///
/// Shapes: `logits [4g, 4g]` → `[originalHeight, originalWidth]`.
public struct MaskPostprocessing: Sendable {
  private let toSquareRows: AxisSampling
  private let toSquareColumns: AxisSampling
  private let toOriginalRows: AxisSampling
  private let toOriginalColumns: AxisSampling

  public init(_ configuration: SAMConfiguration, _ image: EmbeddedImage) {
    let side = configuration.lowResolutionSide
    let square = AxisSampling.linear(inputs: side, outputs: configuration.imageSize)
    toSquareRows = square.first(image.inputHeight)
    toSquareColumns = square.first(image.inputWidth)
    toOriginalRows = .linear(inputs: image.inputHeight, outputs: image.originalHeight)
    toOriginalColumns = .linear(inputs: image.inputWidth, outputs: image.originalWidth)
  }

  /// The logits at the original image's pixels.
  public func fullLogits(_ logits: Tensor) -> Tensor {
    let square = resample(logits, rows: toSquareRows, columns: toSquareColumns)
    let full = resample(square, rows: toOriginalRows, columns: toOriginalColumns)
    return full.reshaped([toOriginalRows.outputs, toOriginalColumns.outputs])
  }

  /// The pixels whose logit is above `threshold`.
  public func mask(_ logits: Tensor, threshold: Float) -> BitMask {
    let full = fullLogits(logits)
    return full.withElements { values in
      BitMask(height: full.shape[0], width: full.shape[1]) { values[$0] > threshold }
    }
  }
}
