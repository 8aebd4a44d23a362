import Parallel

/// Layer normalisation over the last axis, as torch.nn.LayerNorm; on channels-last data also SAM's `LayerNorm2d`.
///
/// Shapes: `x [..., D]` → the same.
public struct LayerNorm: Sendable {
  public let weight: Tensor
  public let bias: Tensor
  public let epsilon: Float

  /// Reads `weight` and `bias`, `[width]`.
  public init(_ scope: WeightScope, width: Int, epsilon: Float) throws {
    weight = try scope.tensor("weight", shape: [width])
    bias = try scope.tensor("bias", shape: [width])
    self.epsilon = epsilon
  }

  /// - Parameter wanted: how many rows are; those after them are undefined. Nil for all.
  public func callAsFunction(_ x: Tensor, wanted: Int? = nil) -> Tensor {
    let width = weight.count
    precondition(x.shape.last == width)
    let rows = wanted ?? x.count / width
    return .filled(x.shape) { y in
      withBase(x, weight, bias) { x, weight, bias in
        Parallel.forEachRange(rows, size: max(1, 32_768 / width)) { block in
          let start = block.lowerBound * width
          KernelSet.current.layerNorm(x + start, weight, bias, epsilon, y + start, block.count, width)
        }
      }
    }
  }
}
