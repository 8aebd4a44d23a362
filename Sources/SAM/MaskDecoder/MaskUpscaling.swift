import NN

/// Two transposed convolutions that bring the image embedding to four times its side.
///
/// Shapes: N cells `[N, D]` → `[N, 16, D / 8]`: the 4 x 4 pixels of a cell stay together, first the 2 x 2 of the first
/// convolution, then those of the second (`pixel`). Stride = kernel = 2, so both are linear layers.
struct MaskUpscaling: Sendable {
  private let first: Linear
  private let norm: LayerNorm
  private let second: Linear
  let channels: Int

  /// Reads `0`, `1` and `3`.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    let width = configuration.decoderWidth
    channels = width / 8
    first = try Self.transposedConvolution(scope[0], in: width, out: width / 4)
    norm = try LayerNorm(scope[1], width: width / 4, epsilon: configuration.channelNormEpsilon)
    second = try Self.transposedConvolution(scope[3], in: width / 4, out: width / 8)
  }

  /// `weight [I, O, 2, 2]` as a layer `[4 O, I]`, taps before channels.
  private static func transposedConvolution(_ scope: WeightScope, in inputs: Int, out outputs: Int) throws
    -> Linear
  {
    let weight = try scope.tensor("weight", shape: [inputs, outputs, 2, 2])
    let bias = try scope.tensor("bias", shape: [outputs]).values
    let taps = Tensor([4 * outputs, inputs]) { out in
      weight.withElements { w in
        for input in 0..<inputs {
          for output in 0..<outputs {
            for tap in 0..<4 {
              out[(tap * outputs + output) * inputs + input] = w[(input * outputs + output) * 4 + tap]
            }
          }
        }
      }
    }
    return Linear(weight: taps, bias: Tensor([4 * outputs], bias + bias + bias + bias))
  }

  func callAsFunction(_ image: Tensor) -> Tensor {
    let cells = image.shape[0]
    let coarse = gelu(norm(first(image).reshaped([cells * 4, first.outputs / 4])))
    return second(coarse, then: .gelu).reshaped([cells, 16, channels])
  }

  /// Records `upscaling.conv1` and `upscaling.norm`, both `[D / 4, 2g, 2g]`, and the result as `upscaling`,
  /// `[D / 8, 4g, 4g]`, for all cells `[g g, D]`.
  func trace(_ cells: Tensor, side: Int, _ trace: Trace) {
    let convolved = first(cells)
    let normed = norm(convolved.reshaped([cells.shape[0] * 4, first.outputs / 4]))
    trace["upscaling"]("conv1", Self.drawn(convolved, side: side, steps: 1))
    trace["upscaling"]("norm", Self.drawn(normed, side: side, steps: 1))
    trace("upscaling", Self.drawn(self(cells), side: side, steps: 2))
  }

  /// The pixels of cells, kept together, as an image: `[g g, 4ˢ C]` → `[C, 2ˢ g, 2ˢ g]`.
  private static func drawn(_ pixels: Tensor, side: Int, steps: Int) -> Tensor {
    let scale = 1 << steps
    let each = scale * scale
    let channels = pixels.count / (side * side * each)
    let length = scale * side
    return Tensor([channels, length, length]) { out in
      pixels.withElements { pixels in
        for place in 0..<side * side * each {
          let (cell, index) = place.quotientAndRemainder(dividingBy: each)
          let inner = steps == 1 ? (y: index / 2, x: index % 2) : pixel(index)
          let target = (cell / side * scale + inner.y) * length + cell % side * scale + inner.x
          for channel in 0..<channels {
            out[channel * length * length + target] = pixels[place * channels + channel]
          }
        }
      }
    }
  }

  /// Row and column, within a cell's 4 x 4 pixels, of place `index` of the output.
  static func pixel(_ index: Int) -> (y: Int, x: Int) {
    let (outer, inner) = (index / 4, index % 4)
    return (outer / 2 * 2 + inner / 2, outer % 2 * 2 + inner % 2)
  }
}
