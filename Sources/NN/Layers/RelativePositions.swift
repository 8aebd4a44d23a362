/// SAM's tables of decomposed relative positions for windows of one size, stored last entry first, so that the
/// biases of neighbouring keys lie side by side.
public struct RelativePositions: Sendable {
  let windowRows: Int
  let windowColumns: Int
  /// `[2 rows - 1, d]` and `[2 columns - 1, d]`
  private let rowTable: Tensor
  private let columnTable: Tensor

  /// From the tables as stored, `[2 rows - 1, d]` and `[2 columns - 1, d]`.
  public init(rows: Tensor, columns: Tensor) {
    windowRows = (rows.shape[0] + 1) / 2
    windowColumns = (columns.shape[0] + 1) / 2
    rowTable = rows.reversedRows()
    columnTable = columns.reversedRows()
  }

  var rowEntries: Int { 2 * windowRows - 1 }
  var columnEntries: Int { 2 * windowColumns - 1 }

  /// The inner products of each query with every entry of both tables: `q [n, d]` → `rows [n, 2 rows - 1]`,
  /// `columns [n, 2 columns - 1]`.
  func multiply(_ q: MatrixView, rows: MutableMatrixView, columns: MutableMatrixView) {
    withMatrices(rowTable, columnTable) { rowTable, columnTable in
      MatrixProduct.multiply(q, rowTable.transposed, into: rows)
      MatrixProduct.multiply(q, columnTable.transposed, into: columns)
    }
  }
}
