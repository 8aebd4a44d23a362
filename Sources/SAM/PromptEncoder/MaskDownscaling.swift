import NN

/// The convolutions that bring a mask prompt to the size of the image embedding.
///
/// Shapes: `mask [4g, 4g]` → `[g g, D]`. Both strided convolutions have stride = kernel = 2, so each works on a
/// token's own 4 x 4 pixels: they are linear layers on regrouped pixels.
struct MaskDownscaling: Sendable {
  private let first: Linear  // [M / 4, 4]
  private let norm1: LayerNorm
  private let second: Linear  // [M, 4 · M / 4], taps before channels
  private let norm2: LayerNorm
  /// The 1 x 1 convolution that ends it, `[D, M]`.
  let last: Linear
  private let grid: Int

  /// Reads `0` (2 x 2 convolution), `1` (norm), `3`, `4`, and `6` (1 x 1 convolution).
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    let channels = configuration.maskChannels
    let narrow = channels / 4
    let epsilon = configuration.channelNormEpsilon
    grid = configuration.grid
    let weight1 = try scope[0].tensor("weight", shape: [narrow, 1, 2, 2])
    first = Linear(weight: weight1.reshaped([narrow, 4]), bias: try scope[0].tensor("bias", shape: [narrow]))
    norm1 = try LayerNorm(scope[1], width: narrow, epsilon: epsilon)
    let weight2 = try scope[3].tensor("weight", shape: [channels, narrow, 2, 2])
    let taps = Tensor([channels, 4 * narrow]) { out in
      weight2.withElements { w in
        for output in 0..<channels {
          for input in 0..<narrow {
            for tap in 0..<4 {
              out[(output * 4 + tap) * narrow + input] = w[(output * narrow + input) * 4 + tap]
            }
          }
        }
      }
    }
    second = Linear(weight: taps, bias: try scope[3].tensor("bias", shape: [channels]))
    norm2 = try LayerNorm(scope[4], width: channels, epsilon: epsilon)
    let weight3 = try scope[6].tensor("weight", shape: [configuration.decoderWidth, channels, 1, 1])
    last = Linear(
      weight: weight3.reshaped([configuration.decoderWidth, channels]),
      bias: try scope[6].tensor("bias", shape: [configuration.decoderWidth]))
  }

  func callAsFunction(_ mask: Tensor) -> Tensor { last(features(mask)) }

  /// The input of the last layer: `mask [4g, 4g]` → `[g g, M]`.
  func features(_ mask: Tensor) -> Tensor {
    precondition(mask.count == 16 * grid * grid)
    let side = 4 * grid
    // Pixels of each token: four 2 x 2 groups, row by row.
    let groups = Tensor([grid * grid * 4, 4]) { out in
      mask.withElements { mask in
        for token in 0..<grid * grid {
          for place in 0..<16 {
            let (group, pixel) = (place / 4, place % 4)
            let y = token / grid * 4 + group / 2 * 2 + pixel / 2
            let x = token % grid * 4 + group % 2 * 2 + pixel % 2
            out[token * 16 + place] = mask[y * side + x]
          }
        }
      }
    }
    let fine = gelu(norm1(first(groups))).reshaped([grid * grid, second.inputs])
    return gelu(norm2(second(fine)))
  }
}
