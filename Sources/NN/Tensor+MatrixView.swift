extension Tensor {
  /// A tensor that `fill` writes as the matrix of its last axis, `[the product of the others, last]`.
  package static func matrix(_ shape: [Int], fill: (MutableMatrixView) -> Void) -> Tensor {
    let columns = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    return .filled(shape) { fill(MutableMatrixView($0, rows: rows, columns: columns)) }
  }

}

/// A tensor as a matrix of so many columns; the view must not escape `body`.
@inline(__always)
package func withMatrix<R>(_ a: Tensor, columns: Int, _ body: (MatrixView) throws -> R) rethrows -> R {
  try withBase(a) { try body(MatrixView($0, rows: a.count / max(1, columns), columns: columns)) }
}

/// Tensors as matrices of their last axis; the views must not escape `body`.
@inline(__always)
package func withMatrices<R>(_ a: Tensor, _ body: (MatrixView) throws -> R) rethrows -> R {
  try withMatrix(a, columns: a.shape.last ?? 1, body)
}

@inline(__always)
package func withMatrices<R>(
  _ a: Tensor, _ b: Tensor, _ body: (MatrixView, MatrixView) throws -> R
) rethrows -> R {
  try withMatrices(a) { a in try withMatrices(b) { b in try body(a, b) } }
}

@inline(__always)
package func withMatrices<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ body: (MatrixView, MatrixView, MatrixView) throws -> R
) rethrows -> R {
  try withMatrices(a, b) { a, b in try withMatrices(c) { c in try body(a, b, c) } }
}
