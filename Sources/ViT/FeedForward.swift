import NN

/// The second half of a transformer block. Shapes: `x [N, C]` → `[N, C]`, added to `residual`.
public enum FeedForward: Sendable {
  case mlp(MLP)
  case swiGLU(SwiGLU)

  /// Returns `residual + scale · f(x)`; without `scale`, `residual + f(x)`. Rows after those `wanted` may be undefined.
  ///
  /// `trace` gets `hidden`, the last layer's input, and `feed_forward`, which is f(x).
  public func callAsFunction(
    _ x: Tensor, addedTo residual: Tensor, scale: Tensor?, wanted: Int?, trace: Trace?
  ) -> Tensor {
    let (hidden, last) =
      switch self {
      case .mlp(let mlp): (mlp.hidden(x, wanted: wanted), mlp.second)
      case .swiGLU(let swiGLU): (swiGLU.hidden(x), swiGLU.output)
      }
    trace?("hidden", hidden)
    trace?("feed_forward", last(hidden))
    return last(hidden, then: .residual(residual, scale: scale), wanted: wanted)
  }
}

/// Two linear layers with exact GELU between them.
public struct MLP: Sendable {
  private let first: Linear
  let second: Linear

  /// Reads the layers called `names` (`fc1`, `fc2` in DINO; `lin1`, `lin2` in SAM).
  public init(_ scope: WeightScope, width: Int, hidden: Int, names: (String, String) = ("fc1", "fc2")) throws
  {
    first = try Linear(scope[names.0], in: width, out: hidden)
    second = try Linear(scope[names.1], in: hidden, out: width)
  }

  /// The input of the second layer.
  func hidden(_ x: Tensor, wanted: Int?) -> Tensor { first(x, then: .gelu, wanted: wanted) }
}

/// SwiGLU as in DINOv2 ViT-g: `w3(silu(a) · b)` with `[a | b] = w12(x)` (dinov2/layers/swiglu_ffn.py).
public struct SwiGLU: Sendable {
  private let gateAndValue: Linear
  let output: Linear

  /// Reads `w12` and `w3`; `hidden` is the width of `a`.
  public init(_ scope: WeightScope, width: Int, hidden: Int) throws {
    gateAndValue = try Linear(scope["w12"], in: width, out: 2 * hidden)
    output = try Linear(scope["w3"], in: hidden, out: width)
  }

  /// The input of the last layer.
  func hidden(_ x: Tensor) -> Tensor { gatedSiLU(gateAndValue(x)) }
}
