import NN

/// Multi-head self-attention among all tokens (dinov2/layers/attention.py). Shapes: `[N, C]` → `[N, C]`.
public struct SelfAttention: TokenMixer {
  private let qkv: Linear
  private let projection: Linear
  private let heads: Int
  private let precision: Precision

  /// Reads `qkv` and `proj`.
  public init(_ scope: WeightScope, width: Int, heads: Int) throws {
    qkv = try Linear(scope["qkv"], in: width, out: 3 * width)
    projection = try Linear(scope["proj"], in: width, out: width)
    (self.heads, precision) = (heads, scope.precision)
  }

  public func callAsFunction(
    _ x: Tensor, addedTo residual: Tensor, scale: Tensor?, wanted: Int?, commonQKV: CommonRows?, trace: Trace?
  ) -> Tensor {
    let own = self.qkv(x, wanted: commonQKV?.wanted)
    let qkv = commonQKV?.completed(own) ?? own
    trace?("qkv", qkv)
    let mixed = selfAttention(qkv, heads: heads, precision: precision)
    trace?("heads", mixed)
    trace?("attention", projection(mixed))
    return projection(mixed, then: .residual(residual, scale: scale), wanted: wanted)
  }
}
