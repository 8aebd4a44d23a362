import NN

/// What mixes tokens in a block: attention of some kind, its projection included.
public protocol TokenMixer: Sendable {
  /// Returns `residual + scale · mix(x)`; without `scale`, `residual + mix(x)`. Shapes: all `[N, C]`, scale `[C]`.
  /// Rows after those `wanted` may be undefined, if no row before them depends on them. Of `x` those may be that
  /// `commonQKV` knows the queries, keys and values of.
  ///
  /// `trace` gets `qkv`, `heads` (the heads' results side by side) and `attention`, which is mix(x).
  func callAsFunction(
    _ x: Tensor, addedTo residual: Tensor, scale: Tensor?, wanted: Int?, commonQKV: CommonRows?, trace: Trace?
  ) -> Tensor
}

/// A pre-norm transformer block: `x + ls1 · mix(norm1(x))`, then `x + ls2 · feedForward(norm2(x))`.
///
/// Shapes: `[N, C]` → `[N, C]`. Both encoders are stacks of these; LayerScale is DINOv2's alone.
public struct TransformerBlock<Mixer: TokenMixer>: Sendable {
  private let norm1: LayerNorm
  private let mixer: Mixer
  private let scale1: Tensor?
  private let norm2: LayerNorm
  private let feedForward: FeedForward
  private let scale2: Tensor?

  /// Reads `norm1`, `norm2` and, with `layerScale`, `ls1.gamma` and `ls2.gamma`.
  public init(
    _ scope: WeightScope, width: Int, epsilon: Float, layerScale: Bool, mixer: Mixer, feedForward: FeedForward
  ) throws {
    norm1 = try LayerNorm(scope["norm1"], width: width, epsilon: epsilon)
    norm2 = try LayerNorm(scope["norm2"], width: width, epsilon: epsilon)
    scale1 = layerScale ? try scope["ls1"].tensor("gamma", shape: [width]) : nil
    scale2 = layerScale ? try scope["ls2"].tensor("gamma", shape: [width]) : nil
    self.mixer = mixer
    self.feedForward = feedForward
  }

  /// `trace` gets what is computed inside, but not the result.
  ///
  /// - Parameter wanted: how many rows are; those after them are undefined, and no row before them may depend on them.
  ///   Nil for all.
  /// - Parameter commonQKV: queries, keys and values `[N, 3 C]` that are the same for all `x`.
  public func callAsFunction(
    _ x: Tensor, wanted: Int? = nil, commonQKV: CommonRows? = nil, trace: Trace? = nil
  ) -> Tensor {
    let normed = norm1(x, wanted: commonQKV?.wanted ?? wanted)
    trace?("norm1", normed)
    let mixed = mixer(
      normed, addedTo: x, scale: scale1, wanted: wanted, commonQKV: commonQKV, trace: trace)
    trace?("after_attention", mixed)
    let mixedNormed = norm2(mixed, wanted: wanted)
    trace?("norm2", mixedNormed)
    return feedForward(mixedNormed, addedTo: mixed, scale: scale2, wanted: wanted, trace: trace)
  }
}
