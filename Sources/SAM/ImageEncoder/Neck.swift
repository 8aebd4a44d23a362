import NN
import Parallel

/// The end of the image encoder: 1 x 1 convolution, norm, 3 x 3 convolution, norm; no biases.
///
/// Shapes: tokens `[g g, C]` → `[g, g, D]`.
struct Neck: Sendable {
  private let narrow: Linear
  private let norm1: LayerNorm
  private let convolution: Convolution3x3
  private let norm2: LayerNorm
  private let grid: Int

  /// Reads `0.weight`, `1`, `2.weight` and `3`.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    let width = configuration.decoderWidth
    let epsilon = configuration.channelNormEpsilon
    grid = configuration.grid
    let weight = try scope[0].tensor("weight", shape: [width, configuration.width, 1, 1])
    narrow = Linear(weight: weight.reshaped([width, configuration.width]), bias: nil)
    norm1 = try LayerNorm(scope[1], width: width, epsilon: epsilon)
    convolution = try Convolution3x3(scope[2], width: width)
    norm2 = try LayerNorm(scope[3], width: width, epsilon: epsilon)
  }

  /// `trace` gets `conv1`, `norm1` and `conv2`, channels first as in the original.
  func callAsFunction(_ tokens: Tensor, trace: Trace? = nil) -> Tensor {
    let narrowed = narrow(tokens)
    trace?("conv1", channelsFirst(narrowed, side: grid))
    let image = norm1(narrowed).reshaped([grid, grid, narrow.outputs])
    trace?("norm1", channelsFirst(image, side: grid))
    let convolved = convolution(image)
    trace?("conv2", channelsFirst(convolved, side: grid))
    return norm2(convolved)
  }
}

/// An image of `side` x `side` cells `[side side, C]` or `[side, side, C]` as `[C, side, side]`.
public func channelsFirst(_ image: Tensor, side: Int) -> Tensor {
  let channels = image.count / (side * side)
  return image.reshaped([side * side, channels]).transposed().reshaped([channels, side, side])
}

/// A 3 x 3 convolution with zero padding and no bias, on channels-last images: `[H, W, C]` → `[H, W, C]`.
struct Convolution3x3: Sendable {
  private let linear: Linear  // [C, 9 C], taps row by row

  /// Reads `weight [C, C, 3, 3]`.
  init(_ scope: WeightScope, width: Int) throws {
    let weight = try scope.tensor("weight", shape: [width, width, 3, 3])
    let taps = weight.withElements { w in
      Tensor([width, 9 * width]) { out in
        for output in 0..<width {
          for input in 0..<width {
            for tap in 0..<9 {
              out[(output * 9 + tap) * width + input] = w[(output * width + input) * 9 + tap]
            }
          }
        }
      }
    }
    linear = Linear(weight: taps, bias: nil)
  }

  func callAsFunction(_ image: Tensor) -> Tensor {
    let (height, width, channels) = (image.shape[0], image.shape[1], image.shape[2])
    let neighbourhoods = Tensor.filled([height * width, 9 * channels]) { out in
      withBase(image) { image in
        Parallel.forEach(height) { y in
          var target = out + y * width * 9 * channels
          for x in 0..<width {
            for tap in 0..<9 {
              let (row, column) = (y + tap / 3 - 1, x + tap % 3 - 1)
              if row >= 0, row < height, column >= 0, column < width {
                target.update(from: image + (row * width + column) * channels, count: channels)
              } else {
                target.update(repeating: 0, count: channels)
              }
              target += channels
            }
          }
        }
      }
    }
    return linear(neighbourhoods).reshaped([height, width, channels])
  }
}
