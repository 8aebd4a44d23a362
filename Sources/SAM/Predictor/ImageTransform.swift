import Images
import NN

/// SAM's preprocessing: the longest side to S with PIL's 8-bit bilinear resize, normalisation, zero padding right and
/// below (segment_anything/utils/transforms.py, `Sam.preprocess`).
public struct ImageTransform: Sendable {
  private let side: Int
  private let mean: [Float]
  private let deviation: [Float]

  public init(_ configuration: SAMConfiguration) {
    side = configuration.imageSize
    mean = configuration.pixelMean
    deviation = configuration.pixelDeviation
  }

  /// The size of an image of `height` x `width` whose longest side is brought to S.
  public func inputSize(height: Int, width: Int) -> (height: Int, width: Int) {
    let scale = Double(side) / Double(max(height, width))
    return (Int(Double(height) * scale + 0.5), Int(Double(width) * scale + 0.5))
  }

  /// The resized 8-bit image; a side that would vanish is refused by PIL and kept at 1 here.
  public func resized(_ image: RGBImage) -> RGBImage {
    let size = inputSize(height: image.height, width: image.width)
    return resizeBilinear(image, height: max(1, size.height), width: max(1, size.width))
  }

  /// Normalised and padded: `[3, S, S]`.
  public func preprocessed(_ resized: RGBImage) -> Tensor {
    Tensor([3, side, side]) { out in
      out.update(repeating: 0)
      for channel in 0..<3 {
        for y in 0..<resized.height {
          let target = (channel * side + y) * side
          let source = y * resized.width * 3 + channel
          for x in 0..<resized.width {
            out[target + x] = (Float(resized.pixels[source + 3 * x]) - mean[channel]) / deviation[channel]
          }
        }
      }
    }
  }

  /// A point of the original image, in pixels of the input (`apply_coords`).
  public func inputPoint(x: Double, y: Double, height: Int, width: Int) -> (x: Double, y: Double) {
    let size = inputSize(height: height, width: width)
    return (x * (Double(size.width) / Double(width)), y * (Double(size.height) / Double(height)))
  }
}
