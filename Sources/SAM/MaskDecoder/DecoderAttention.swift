import NN

/// Attention of the two-way transformer, whose inner width may be narrower than the tokens.
///
/// Shapes: `q [N, D]`, `k`, `v` `[M, D]` → `[N, D]`. Source: `Attention` in segment_anything/modeling/transformer.py.
struct DecoderAttention: Sendable {
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let heads: Int

  /// Reads `q_proj`, `k_proj`, `v_proj` and `out_proj`; the inner width is `width / downsample`.
  init(_ scope: WeightScope, width: Int, heads: Int, downsample: Int) throws {
    let inner = width / downsample
    query = try Linear(scope["q_proj"], in: width, out: inner)
    key = try Linear(scope["k_proj"], in: width, out: inner)
    value = try Linear(scope["v_proj"], in: width, out: inner)
    output = try Linear(scope["out_proj"], in: inner, out: width)
    self.heads = heads
  }

  func callAsFunction(q: Tensor, k: Tensor, v: Tensor, addedTo residual: Tensor? = nil) -> Tensor {
    let mixed = attention(query(q), key(k), value(v), heads: heads)
    return output(mixed, then: residual.map { .residual($0, scale: nil) } ?? .none)
  }
}
