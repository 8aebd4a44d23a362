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

  private enum Weight: Sendable {
    case float32(Tensor)
    case narrow(NarrowWeight)
  }

  private let numbers: Weight
  public let bias: Tensor
  public let inputs: Int
  public let outputs: Int

  /// The weight, of a layer in float32.
  public var weight: Tensor {
    guard case .float32(let weight) = numbers else { preconditionFailure("the layer is not in float32") }
    return weight
  }

  /// Reads `weight` and, unless told otherwise, `bias`; computes in the precision of `scope`.
  public init(_ scope: WeightScope, in inputs: Int, out outputs: Int, bias hasBias: Bool = true) throws {
    let weight = try scope.tensor("weight", shape: [outputs, inputs])
    let bias = hasBias ? try scope.tensor("bias", shape: [outputs]) : nil
    self.init(weight: weight, bias: bias, precision: scope.precision)
    if scope.precision != .float32 { scope.release("weight") }
  }

  /// A layer without bias if `bias` is nil.
  public init(weight: Tensor, bias: Tensor?, precision: Precision = .float32) {
    precondition(weight.rank == 2 && bias?.shape ?? [weight.shape[0]] == [weight.shape[0]])
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    self.bias = bias ?? .zeros([weight.shape[0]])
    numbers =
      switch precision {
      case .float32: .float32(weight)
      case .bfloat16: .narrow(NarrowWeight(weight, KernelSet.current.bfloat16))
      case .int8: .narrow(NarrowWeight(weight, KernelSet.current.int8))
      }
  }

  /// - Parameter wanted: how many rows are; those after them are undefined. Nil for all. The rows that are wanted are the
  ///   same bytes in both cases.
  public func callAsFunction(_ x: Tensor, then epilogue: Epilogue = .none, wanted: Int? = nil) -> Tensor {
    precondition(x.shape.last == inputs, "a layer of \(inputs) inputs got \(x.shape)")
    let rows = x.count / inputs
    let shape = x.shape.dropLast() + [outputs]
    if case .residual(let residual, let scale) = epilogue {
      precondition(residual.count == rows * outputs && (scale?.count ?? outputs) == outputs)
    }
    if case .narrow(let weight) = numbers {
      return .matrix(Array(shape)) { y in
        withMatrices(x) { x in
          weight.multiply(x, into: y, wanted: wanted) {
            start($0, epilogue, $1, $2)
          } finish: {
            finish($0, epilogue, $1, $2)
          }
        }
      }
    }
    return .matrix(Array(shape)) { y in
      withMatrices(x, weight) { x, weight in
        let grid = BlockGrid(rows: rows, columns: outputs)
        Parallel.forEach(grid.count) { index in
          let (wholeRows, columns) = grid[index]
          let wanted = (wanted ?? x.rows) - wholeRows.lowerBound
          guard wanted > 0 else { return }
          let rows = wholeRows.prefix(
            LeadingRows.needed(for: wanted, of: wholeRows.count, columns: columns.count, terms: inputs))
          let block = y[rows: rows][columns: columns]
          start(block, epilogue, rows, columns)
          multiply(x[rows: rows], weight[rows: columns], addingTo: block, few: x.rows <= Self.fewRows)
          finish(block, epilogue, rows, columns)
        }
      }
    }
  }

  /// Up to so many rows, a product is not worth the library's preparations.
  private static let fewRows = 8

  /// `y += x Wᵀ` for one block of the result, with the rows of `x` and of the weight that make it.
  private func multiply(_ x: MatrixView, _ weight: MatrixView, addingTo y: MutableMatrixView, few: Bool) {
    if few {
      KernelSet.current.multiplyFewRows(x.base, x.rows, inputs, weight.base, weight.rows, y.base, y.stride)
    } else {
      MatrixProduct.multiply(x, weight.transposed, into: y, adding: true)
    }
  }

  /// Writes what the product is added to: the bias, or the bias and the residual. `y` is the block `rows` x `columns`
  /// of the result.
  private func start(
    _ y: MutableMatrixView, _ epilogue: Epilogue, _ rows: Range<Int>, _ columns: Range<Int>
  ) {
    withBase(bias) { bias in
      let bias = bias + columns.lowerBound
      guard case .residual(let residual, scale: nil) = epilogue else {
        for row in 0..<y.rows { y.row(row).update(from: bias, count: y.columns) }
        return
      }
      withMatrix(residual, columns: outputs) { residual in
        let part = residual[rows: rows][columns: columns]
        KernelSet.current.addRow(part.base, part.stride, bias, y.base, y.stride, y.rows, y.columns)
      }
    }
  }

  /// Does what is left to do when product and bias are summed.
  private func finish(
    _ y: MutableMatrixView, _ epilogue: Epilogue, _ rows: Range<Int>, _ columns: Range<Int>
  ) {
    let kernels = KernelSet.current
    switch epilogue {
    case .none, .residual(_, scale: nil): break
    case .gelu: kernels.geluRows(y.base, y.stride, y.rows, y.columns)
    case .relu: kernels.reluRows(y.base, y.stride, y.rows, y.columns)
    case .residual(let residual, .some(let scale)):
      withMatrix(residual, columns: outputs) { residual in
        withBase(scale) { scale in
          let part = residual[rows: rows][columns: columns]
          kernels.scaledResidual(
            y.base, y.stride, scale + columns.lowerBound, part.base, part.stride, y.rows, y.columns)
        }
      }
    }
  }
}
