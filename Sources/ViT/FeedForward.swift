import NN

/// The second half of a transformer block. Shapes: `x [N, C]` → `[N, C]`, added to `residual`.
public enum FeedForward: Sendable {
  case mlp(MLP)
  case swiGLU(SwiGLU)

  /// Returns `residual + scale · f(x)`; without `scale`, `residual + f(x)`.
  public func callAsFunction(_ x: Tensor, addedTo residual: Tensor, scale: Tensor?) -> Tensor {
    switch self {
    case .mlp(let mlp): mlp(x, addedTo: residual, scale: scale)
    case .swiGLU(let swiGLU): swiGLU(x, addedTo: residual, scale: scale)
    }
  }
}

/// Two linear layers with exact GELU between them.
public struct MLP: Sendable {
  private let first: Linear
  private let second: Linear

  /// Reads the layers called `names` (`fc1`, `fc2` in DINO; `lin1`, `lin2` in SAM).
  public init(_ scope: WeightScope, width: Int, hidden: Int, names: (String, String) = ("fc1", "fc2")) throws
  {
    first = try Linear(scope[names.0], in: width, out: hidden)
    second = try Linear(scope[names.1], in: hidden, out: width)
  }

  func callAsFunction(_ x: Tensor, addedTo residual: Tensor, scale: Tensor?) -> Tensor {
    second(first(x, then: .gelu), then: .residual(residual, scale: scale))
  }
}

/// SwiGLU as in DINOv2 ViT-g: `w3(silu(a) · b)` with `[a | b] = w12(x)` (dinov2/layers/swiglu_ffn.py).
public struct SwiGLU: Sendable {
  private let gateAndValue: Linear
  private let output: Linear

  /// Reads `w12` and `w3`; `hidden` is the width of `a`.
  public init(_ scope: WeightScope, width: Int, hidden: Int) throws {
    gateAndValue = try Linear(scope["w12"], in: width, out: 2 * hidden)
    output = try Linear(scope["w3"], in: hidden, out: width)
  }

  func callAsFunction(_ x: Tensor, addedTo residual: Tensor, scale: Tensor?) -> Tensor {
    output(gatedSiLU(gateAndValue(x)), then: .residual(residual, scale: scale))
  }
}
