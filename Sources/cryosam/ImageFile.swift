import Files
import Images
import SAM

/// Images as users give them.
enum ImageFile {
  /// Reads a PNG, or an NPY array of uint8 `[H, W, 3]` or `[H, W]`.
  static func read(_ path: String) throws -> RGBImage {
    guard path.lowercased().hasSuffix(".npy") else { return try PNGFile.read(path) }
    let file = try NPYFile(path)
    let shape = file.shape
    let isGray = shape.count == 2
    guard file.element == .uint8, isGray || shape.count == 3 && shape[2] == 3, file.count > 0 else {
      throw Failure(
        .badData, path: path, "holds \(file.element.name) of shape \(shape), not an image",
        remedy: "give uint8 of shape [height, width, 3] or [height, width]")
    }
    let pixels = try file.uint8Values()
    return isGray
      ? RGBImage(height: shape[0], width: shape[1], gray: pixels)
      : RGBImage(height: shape[0], width: shape[1], pixels: pixels)
  }
}

extension RGBImage {
  /// The image with `mask` laid over it in half-transparent orange.
  func overlaid(with mask: BitMask) -> RGBImage {
    var pixels = pixels
    let color: [UInt16] = [255, 140, 0]
    mask.forEachPixel { y, x in
      for channel in 0..<3 {
        let place = (y * width + x) * 3 + channel
        pixels[place] = UInt8((UInt16(pixels[place]) + color[channel]) / 2)
      }
    }
    return RGBImage(height: height, width: width, pixels: pixels)
  }
}
