import Parallel

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

  public var inputs: Int { weight.shape[1] }
  public var outputs: Int { weight.shape[0] }

  /// Reads `weight` and, unless told otherwise, `bias`.
  public init(_ scope: WeightScope, in inputs: Int, out outputs: Int, bias hasBias: Bool = true) throws {
    weight = try scope.tensor("weight", shape: [outputs, inputs])
    bias = hasBias ? try scope.tensor("bias", shape: [outputs]) : .zeros([outputs])
  }

  /// A layer without bias if `bias` is nil.
  public init(weight: Tensor, bias: Tensor?) {
    precondition(weight.rank == 2 && bias?.shape ?? [weight.shape[0]] == [weight.shape[0]])
    self.weight = weight
    self.bias = bias ?? .zeros([weight.shape[0]])
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
          start(out, bias + block.columns.lowerBound, epilogue, rows: block.rows, columns: block.columns)
          multiply(
            x + block.rows.lowerBound * inputs, weight + block.columns.lowerBound * inputs, out,
            rows: block.rows.count, columns: block.columns.count, few: rows <= Self.fewRows)
          finish(out, epilogue, rows: block.rows, columns: block.columns)
        }
      }
    }
  }

  /// Up to so many rows, a product is not worth the library's preparations.
  private static let fewRows = 8

  /// `y += x Wᵀ` for one block. Contract: `x [rows, I]`, `weight [columns, I]`, `y` with rows `outputs` apart.
  private func multiply(
    _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, rows: Int,
    columns: Int, few: Bool
  ) {
    if few {
      KernelSet.current.multiplyFewRows(x, rows, inputs, weight, columns, y, outputs)
    } else {
      MatrixProduct.multiply(
        x, inputs, weight, inputs, transposed: true, into: y, outputs, m: rows, n: columns, k: inputs,
        adding: true)
    }
  }

  /// Writes what the product is added to: the bias, or the bias and the residual.
  private func start(
    _ y: UnsafeMutablePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue, rows: Range<Int>,
    columns: Range<Int>
  ) {
    if case .residual(let residual, scale: nil) = epilogue {
      withBase(residual) { residual in
        KernelSet.current.addRow(
          residual + rows.lowerBound * outputs + columns.lowerBound, outputs, bias, y, outputs, rows.count,
          columns.count)
      }
    } else {
      for row in 0..<rows.count { (y + row * outputs).update(from: bias, count: columns.count) }
    }
  }

  /// Does what is left to do when product and bias are summed.
  private func finish(
    _ y: UnsafeMutablePointer<Float>, _ epilogue: Epilogue, rows: Range<Int>, columns: Range<Int>
  ) {
    let kernels = KernelSet.current
    switch epilogue {
    case .none, .residual(_, scale: nil): break
    case .gelu: kernels.geluRows(y, outputs, rows.count, columns.count)
    case .relu: kernels.reluRows(y, outputs, rows.count, columns.count)
    case .residual(let residual, .some(let scale)):
      withBase(residual, scale) { residual, scale in
        kernels.scaledResidual(
          y, outputs, scale + columns.lowerBound,
          residual + rows.lowerBound * outputs + columns.lowerBound, outputs, rows.count, columns.count)
      }
    }
  }
}
