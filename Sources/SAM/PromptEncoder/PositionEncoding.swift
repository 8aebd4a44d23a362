import NN
import Parallel
import Platform

/// Random Fourier features of positions in [0, 1] x [0, 1] (`PositionEmbeddingRandom`).
///
/// Shapes: P positions → `[P, D]`: D / 2 sines, then D / 2 cosines.
struct PositionEncoding: Sendable {
  private let gaussian: [Float]  // [2, D / 2]
  private let half: Int

  /// Reads `positional_encoding_gaussian_matrix [2, D / 2]`.
  init(_ scope: WeightScope, width: Int) throws {
    half = width / 2
    gaussian = try scope.tensor("positional_encoding_gaussian_matrix", shape: [2, half]).values
  }

  /// Encodes `(x, y)`, each a fraction of the image's side, into `out [D]`.
  func encode(x: Float, y: Float, into out: UnsafeMutableBufferPointer<Float>.SubSequence) {
    var out = out
    let (u, v) = (2 * x - 1, 2 * y - 1)
    for index in 0..<half {
      let angle = 2 * Float.pi * (u * gaussian[index] + v * gaussian[half + index])
      out[out.startIndex + index] = sinf(angle)
      out[out.startIndex + half + index] = cosf(angle)
    }
  }

  /// The encoding of the centres of a grid's cells, `[side · side, D]`.
  func grid(side: Int) -> Tensor {
    Tensor([side * side, 2 * half]) { out in
      Parallel.forEach(side) { row in
        for column in 0..<side {
          let start = (row * side + column) * 2 * half
          encode(
            x: (Float(column) + 0.5) / Float(side), y: (Float(row) + 0.5) / Float(side),
            into: out[start..<start + 2 * half])
        }
      }
    }
  }
}
