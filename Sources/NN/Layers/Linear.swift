/// A fully connected layer, `y = x Wᵀ + b`, as torch.nn.Linear.
///
/// Shapes: `weight [O, I]`, `bias [O]`, `x [..., I]` → `[..., O]`.
public struct Linear: Sendable {
  /// What is done to each block of the result while it is still in the cache.
  public enum Epilogue: Sendable {
    case none
    case gelu
    case relu
    /// `residual + scale · (x Wᵀ + b)`; the residual has the shape of the result, the scale (LayerScale) is `[O]`.
    case residual(Tensor, scale: Tensor?)
  }

  public let weight: Tensor
  public let bias: Tensor
  private let hasBias: Bool

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }

  /// Reads `weight` and, unless told otherwise, `bias`.
  public init(_ scope: WeightScope, in inputs: Int, out outputs: Int, bias hasBias: Bool = true) throws {
    weight = try scope.tensor("weight", shape: [outputs, inputs])
    bias = hasBias ? try scope.tensor("bias", shape: [outputs]) : .zeros([outputs])
    self.hasBias = hasBias
  }

  /// A layer without bias if `bias` is nil.
  public init(weight: Tensor, bias: Tensor?) {
    precondition(weight.rank == 2 && bias?.shape ?? [weight.shape[0]] == [weight.shape[0]])
    self.weight = weight
    self.bias = bias ?? .zeros([weight.shape[0]])
    hasBias = bias != nil
  }

  public func callAsFunction(_ x: Tensor, then epilogue: Epilogue = .none) -> Tensor {
    precondition(x.shape.last == inputs, "a layer of \(inputs) inputs got \(x.shape)")
    let rows = x.count / inputs
    let shape = x.shape.dropLast() + [outputs]
    if case .residual(let residual, let scale) = epilogue {
      precondition(residual.count == rows * outputs && (scale?.count ?? outputs) == outputs)
    }
    return Tensor(Array(shape)) { y in
      guard let y = y.baseAddress else { return }
      withBase(x, weight, bias) { x, weight, bias in
        let grid = BlockGrid(rows: rows, columns: outputs)
        Parallel.forEach(grid.count) { index in
          let block = grid[index]
          let out = y + block.rows.lowerBound * outputs + block.columns.lowerBound
          MatrixProduct.multiply(
            x + block.rows.lowerBound * inputs, inputs, weight + block.columns.lowerBound * inputs, inputs,
            transposed: true, into: out, outputs, m: block.rows.count, n: block.columns.count, k: inputs)
          apply(epilogue, out, bias + block.columns.lowerBound, rows: block.rows, columns: block.columns)
        }
      }
    }
  }

  private func apply(
    _ epilogue: Epilogue, _ y: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>, rows: Range<Int>,
    columns: Range<Int>
  ) {
    let kernels = KernelSet.current
    switch epilogue {
    case .none:
      if hasBias { kernels.addBias(y, outputs, bias, rows.count, columns.count) }
    case .gelu: kernels.biasGELU(y, outputs, bias, rows.count, columns.count)
    case .relu: kernels.biasReLU(y, outputs, bias, rows.count, columns.count)
    case .residual(let residual, let scale):
      withBase(residual, scale ?? self.bias) { residual, scaleBase in
        kernels.biasResidual(
          y, outputs, bias, scale == nil ? nil : scaleBase + columns.lowerBound,
          residual + rows.lowerBound * outputs + columns.lowerBound, outputs, rows.count, columns.count)
      }
    }
  }
}
