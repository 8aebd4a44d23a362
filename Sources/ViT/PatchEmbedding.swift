import NN
import Parallel

/// The first layer of a vision transformer: a convolution whose stride is its kernel, that turns each patch of
/// P x P pixels into a token.
///
/// Shapes: `pixels [3, H, W]` → tokens `[(H / P) (W / P), C]`, row-major; rows and columns that fill no patch are
/// left out. Source: dinov2/layers/patch_embed.py, segment_anything/modeling/image_encoder.py.
public struct PatchEmbedding: Sendable {
  private let projection: Linear
  private let patchSize: Int

  /// Reads `proj.weight [C, 3, P, P]` and `proj.bias [C]`.
  public init(_ scope: WeightScope, patchSize: Int, width: Int) throws {
    let weight = try scope["proj"].tensor("weight", shape: [width, 3, patchSize, patchSize])
    let bias = try scope["proj"].tensor("bias", shape: [width])
    projection = Linear(weight: weight.reshaped([width, 3 * patchSize * patchSize]), bias: bias)
    self.patchSize = patchSize
  }

  /// - Parameter wanted: how many tokens are; those after them are undefined. Nil for all.
  public func callAsFunction(_ pixels: Tensor, wanted: Int? = nil) -> Tensor {
    precondition(pixels.rank == 3 && pixels.shape[0] == 3)
    let (height, width) = (pixels.shape[1], pixels.shape[2])
    let (rows, columns) = (height / patchSize, width / patchSize)
    let patchWidth = 3 * patchSize * patchSize
    let patches = Tensor([rows * columns, patchWidth]) { out in
      pixels.withElements { pixels in
        Parallel.forEach(rows) { row in
          var place = row * columns * patchWidth
          for column in 0..<columns {
            for channel in 0..<3 {
              for y in 0..<patchSize {
                let source = (channel * height + row * patchSize + y) * width + column * patchSize
                for x in 0..<patchSize { out[place + x] = pixels[source + x] }
                place += patchSize
              }
            }
          }
        }
      }
    }
    return projection(patches, wanted: wanted)
  }
}
