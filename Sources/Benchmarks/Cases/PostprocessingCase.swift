import NN
import Parallel
import SAM

extension Benchmark {
  /// What follows the decoder: 64 prompts' three masks of logits to bit masks of a slice's size.
  static let postprocess = Benchmark(
    "postprocess", "masks of 64 prompts, 3 each, from 256 x 256 logits to bits at 512 x 512", repeats: 5
  ) { _ in
    try PostprocessingCheck.small()
  } prepare: { _ in
    let masks = RandomNumbers.tensor([192, 256, 256], seed: 21, spread: 8)
    return {
      let image = PostprocessingCheck.image(.decoderAlone, height: 512, width: 512)
      let postprocessing = MaskPostprocessing(.decoderAlone, image)
      let bits = { (mask: Tensor) in postprocessing.mask(mask, threshold: 0) }
      return Job {
        [0, 191].map { PostprocessingCheck.compare(bits, masks[$0], .decoderAlone, image) }
      } run: {
        _ = Parallel.map(64) { prompt in (0..<3).map { bits(masks[3 * prompt + $0]) } }
      }
    }
  }
}

/// Masks brought to an image's size against plain bilinear interpolation.
package enum PostprocessingCheck {
  /// Images of several shapes, larger and smaller than the model's input.
  ///
  /// - Parameter bits: what is checked.
  package static func small(
    _ bits: (MaskPostprocessing, Tensor) -> BitMask = { $0.mask($1, threshold: 0) }
  ) throws -> [Agreement] {
    let configuration = SAMConfiguration(
      imageSize: 96, patchSize: 8, width: 16, depth: 1, heads: 1, hiddenWidth: 16, windows: [0],
      decoderWidth: 64,
      decoderDepth: 1, decoderHiddenWidth: 16, iouHeadHiddenWidth: 16)
    return [(50, 70), (70, 50), (96, 96), (31, 200)].enumerated().map { index, size in
      let image = image(configuration, height: size.0, width: size.1)
      let postprocessing = MaskPostprocessing(configuration, image)
      let logits = RandomNumbers.tensor([48, 48], seed: 30 + UInt64(index), spread: 5)
      return compare({ bits(postprocessing, $0) }, logits, configuration, image)
    }
  }

  /// An image of a size, as the encoder would give it; there is no embedding.
  static func image(_ configuration: SAMConfiguration, height: Int, width: Int) -> EmbeddedImage {
    let input = ImageTransform(configuration).inputSize(height: height, width: width)
    return EmbeddedImage(
      embedding: .zeros([1, 1, 1]), originalHeight: height, originalWidth: width, inputHeight: input.height,
      inputWidth: input.width)
  }

  /// Every pixel, but for those whose logit is within 1e-5 of nothing at all: rounding may put these on either side.
  static func compare(
    _ bits: (Tensor) -> BitMask, _ logits: Tensor, _ configuration: SAMConfiguration, _ image: EmbeddedImage
  ) -> Agreement {
    let side = configuration.lowResolutionSide
    let low = PlainMatrix(rows: side, columns: side, logits.values.map { Double($0) })
    let square = bilinear(low, rows: configuration.imageSize, columns: configuration.imageSize)
    let cropped = PlainMatrix(rows: image.inputHeight, columns: image.inputWidth) { square[$0, $1] }
    let plain = bilinear(cropped, rows: image.originalHeight, columns: image.originalWidth)
    let mask = bits(logits)
    let what = "pixels of a mask of \(plain.rows) x \(plain.columns)"
    guard mask.height == plain.rows, mask.width == plain.columns else { return Agreement(what, same: false) }
    var wrong = 0
    for y in 0..<plain.rows {
      for x in 0..<plain.columns where abs(plain[y, x]) > 1e-5 && mask[y, x] != (plain[y, x] > 0) {
        wrong += 1
      }
    }
    return Agreement(what, error: Double(wrong), limit: 0)
  }

  /// Bilinear interpolation, pixel centres at halves, held at the border.
  private static func bilinear(_ image: PlainMatrix, rows: Int, columns: Int) -> PlainMatrix {
    func place(_ index: Int, _ from: Int, _ to: Int) -> (first: Int, second: Int, weight: Double) {
      let position = max(0, (Double(index) + 0.5) * Double(from) / Double(to) - 0.5)
      let first = min(Int(position), from - 1)
      return (first, min(first + 1, from - 1), min(1, position - Double(first)))
    }
    return PlainMatrix(rows: rows, columns: columns) { y, x in
      let (row, column) = (place(y, image.rows, rows), place(x, image.columns, columns))
      func across(_ line: Int) -> Double {
        (1 - column.weight) * image[line, column.first] + column.weight * image[line, column.second]
      }
      return (1 - row.weight) * across(row.first) + row.weight * across(row.second)
    }
  }
}
