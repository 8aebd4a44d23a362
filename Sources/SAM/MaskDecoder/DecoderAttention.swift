import NN
import Parallel

// T tokens, N cells of the image, D channels, I inner width, H heads of width d = I / H.

/// Attention of the two-way transformer, whose inner width may be narrower than the tokens.
///
/// Shapes: `q [T, D]`, `k`, `v` `[T, D]` → `[T, D]`. Source: `Attention` in segment_anything/modeling/transformer.py.
struct DecoderAttention: Sendable {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let heads: Int

  /// Reads `q_proj`, `k_proj`, `v_proj` and `out_proj`; the inner width is `width / downsample`.
  init(_ scope: WeightScope, width: Int, heads: Int, downsample: Int) throws {
    let inner = width / downsample
    query = try Linear(scope["q_proj"], in: width, out: inner)
    key = try Linear(scope["k_proj"], in: width, out: inner)
    value = try Linear(scope["v_proj"], in: width, out: inner)
    output = try Linear(scope["out_proj"], in: inner, out: width)
    self.heads = heads
  }

  /// The result, added to `residual` if there is one; `trace` gets it as `name` before that, here and below.
  func callAsFunction(
    q: Tensor, k: Tensor, v: Tensor, addedTo residual: Tensor? = nil, trace: Trace? = nil, _ name: String = ""
  ) -> Tensor {
    let mixed = attention(query(q), key(k), value(v), heads: heads)
    trace?(name, output(mixed))
    return output(mixed, then: residual.map { .residual($0, scale: nil) } ?? .none)
  }

  /// The tokens' attention to the image, added to `residual`: `q`, `residual` `[T, D]` → `[T, D]`.
  func fromTokens(
    _ q: Tensor, to image: ImageSide, addedTo residual: Tensor, trace: Trace? = nil, _ name: String = ""
  ) -> Tensor {
    let queries = query(q)
    let mixed =
      image.projections.map { attention(queries, $0.keys, $0.values, heads: heads) }
      ?? foldedAttention(queries, to: image)
    trace?(name, output(mixed))
    return output(mixed, then: .residual(residual, scale: nil))
  }

  /// The image's attention to the tokens, `k`, `v` `[T, D]`, added to the image and normalised.
  func fromImage(
    _ image: ImageSide, toKeys k: Tensor, values v: Tensor, norm: LayerNorm, positions: Tensor,
    trace: Trace? = nil, _ name: String = ""
  ) -> ImageSide {
    let tokens = FoldedTokens(self, keys: key(k), values: value(v))
    let (count, width) = (image.cells.shape[0], image.cells.shape[1])
    if let trace {
      // What is added to the cells is what becomes of cells that are 0.
      let blank = ImageSide(
        cells: .zeros([count, width]), withPositions: image.withPositions, projections: image.projections)
      trace(name, tokens.attended(by: blank, 0..<count))
    }
    let cells = Tensor.filled([count, width]) { out in
      Parallel.forEachRange(count, size: 256) { range in
        withBase(tokens.attended(by: image, range), norm.weight, norm.bias) { sum, weight, bias in
          KernelSet.current.layerNorm(
            sum, weight, bias, norm.epsilon, out + range.lowerBound * width, range.count, width)
        }
      }
    }
    return ImageSide(cells: cells, withPositions: cells + positions)
  }
}
