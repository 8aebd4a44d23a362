/// A matrix in memory that something else holds, row-major: what a product reads.
///
/// Contract
/// - Rows lie `stride` floats apart; with `isTransposed`, columns do, and each column is contiguous.
/// - The view does not outlive the memory. Ranges and shapes are checked in debug builds only.
package struct MatrixView {
  package let base: UnsafePointer<Float>
  package let rows: Int
  package let columns: Int
  package let stride: Int
  package let isTransposed: Bool

  /// `[rows, columns]` at `base`; without `stride` the rows lie side by side.
  package init(
    _ base: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil, isTransposed: Bool = false
  ) {
    (self.base, self.rows, self.columns, self.isTransposed) = (base, rows, columns, isTransposed)
    self.stride = stride ?? (isTransposed ? rows : columns)
    assert(rows >= 0 && columns >= 0 && self.stride >= (isTransposed ? rows : columns))
  }

  /// What has been written to `matrix`.
  package init(_ matrix: MutableMatrixView) {
    self.init(UnsafePointer(matrix.base), rows: matrix.rows, columns: matrix.columns, stride: matrix.stride)
  }

  /// The same memory with rows and columns exchanged.
  package var transposed: MatrixView {
    MatrixView(base, rows: columns, columns: rows, stride: stride, isTransposed: !isTransposed)
  }

  package subscript(rows range: Range<Int>) -> MatrixView {
    assert(range.lowerBound >= 0 && range.upperBound <= rows)
    let start = base + range.lowerBound * (isTransposed ? 1 : stride)
    return MatrixView(
      start, rows: range.count, columns: columns, stride: stride, isTransposed: isTransposed)
  }

  package subscript(columns range: Range<Int>) -> MatrixView { transposed[rows: range].transposed }

  /// Part `index` of `count` equal parts of the columns: a head of several side by side.
  package func columnPart(_ index: Int, of count: Int) -> MatrixView {
    self[columns: part(index, of: count, length: columns)]
  }

  /// Part `index` of `count` equal parts of the rows.
  package func rowPart(_ index: Int, of count: Int) -> MatrixView {
    self[rows: part(index, of: count, length: rows)]
  }

  /// The first element of a row, whose others follow it. Contract: the view is not transposed.
  package func row(_ index: Int) -> UnsafePointer<Float> {
    assert(!isTransposed && index >= 0 && index < rows)
    return base + index * stride
  }
}

/// A matrix in memory that something else holds, row-major: what a product writes to.
///
/// Contract as `MatrixView`. Blocks of parallel work write to views that do not overlap.
package struct MutableMatrixView {
  package let base: UnsafeMutablePointer<Float>
  package let rows: Int
  package let columns: Int
  /// Floats from row to row.
  package let stride: Int

  /// `[rows, columns]` at `base`; without `stride` the rows lie side by side.
  package init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    (self.base, self.rows, self.columns, self.stride) = (base, rows, columns, stride ?? columns)
    assert(rows >= 0 && columns >= 0 && self.stride >= columns)
  }

  package subscript(rows range: Range<Int>) -> MutableMatrixView {
    assert(range.lowerBound >= 0 && range.upperBound <= rows)
    return MutableMatrixView(
      base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  package subscript(columns range: Range<Int>) -> MutableMatrixView {
    assert(range.lowerBound >= 0 && range.upperBound <= columns)
    return MutableMatrixView(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Part `index` of `count` equal parts of the columns.
  package func columnPart(_ index: Int, of count: Int) -> MutableMatrixView {
    self[columns: part(index, of: count, length: columns)]
  }

  /// Part `index` of `count` equal parts of the rows.
  package func rowPart(_ index: Int, of count: Int) -> MutableMatrixView {
    self[rows: part(index, of: count, length: rows)]
  }

  /// The first element of a row, whose others follow it.
  package func row(_ index: Int) -> UnsafeMutablePointer<Float> {
    assert(index >= 0 && index < rows)
    return base + index * stride
  }
}

private func part(_ index: Int, of count: Int, length: Int) -> Range<Int> {
  assert(length % count == 0 && index >= 0 && index < count)
  let size = length / count
  return index * size..<(index + 1) * size
}
