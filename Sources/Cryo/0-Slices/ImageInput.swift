import Images
import NN

extension EncoderInput {
  /// An ordinary image as a DINOv2 encoder's input: resized like a slice, normalised by ImageNet's mean and standard
  /// deviation, as the official transforms do.
  ///
  /// Shapes: `image [H, W, 3]` → `[3, S, S]`.
  public static func imageNet(_ image: RGBImage, side: Int) -> Tensor {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    let normal = Tensor([image.height, image.width, 3]) { out in
      for index in image.pixels.indices {
        out[index] = (Float(image.pixels[index]) / 255 - mean[index % 3]) / deviation[index % 3]
      }
    }
    let resized = resample(
      normal, rows: .linearCornersAligned(inputs: image.height, outputs: side),
      columns: .linearCornersAligned(inputs: image.width, outputs: side))
    return resized.reshaped([side * side, 3]).transposed().reshaped([3, side, side])
  }
}
