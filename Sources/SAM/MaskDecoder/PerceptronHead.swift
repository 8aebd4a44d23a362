import NN

/// A stack of linear layers with ReLU between them: the hypernetworks that turn a mask token into the weights that
/// draw its mask, and the head that predicts the masks' IoU (`MLP` in segment_anything/modeling/mask_decoder.py).
///
/// Shapes: `[N, inputs]` → `[N, outputs]`; no activation after the last layer.
struct PerceptronHead: Sendable {
  private let layers: [Linear]

  /// Reads `layers.0` ....
  init(_ scope: WeightScope, inputs: Int, hidden: Int, outputs: Int, depth: Int) throws {
    layers = try (0..<depth).map { index in
      try Linear(
        scope["layers"][index], in: index == 0 ? inputs : hidden, out: index == depth - 1 ? outputs : hidden)
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    var x = x
    for (index, layer) in layers.enumerated() {
      x = layer(x, then: index == layers.count - 1 ? .none : .relu)
    }
    return x
  }
}
