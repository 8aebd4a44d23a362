/// Scaled dot-product attention of one head for a block of queries, `softmax(scale · Q Kᵀ + bias) V`.
///
/// Only the block's scores, `[queries, keys]`, are ever held.
///
/// Contract of the call
/// - `q`, `out` `[queries, headWidth]`, `k`, `v` `[keys, headWidth]`.
/// - `scratch` holds `scratchCount` floats.
/// - With relative positions, `keys = window.rows · window.columns`, and query 0 of the block is number `firstQuery`
///   of a grid `queryColumns` wide.
package struct AttentionTile {
  let queries: Int
  let keys: Int
  let headWidth: Int
  let relativePositions: RelativePositions?
  let firstQuery: Int
  let queryColumns: Int

  package init(
    queries: Int, keys: Int, headWidth: Int, relativePositions: RelativePositions? = nil, firstQuery: Int = 0,
    queryColumns: Int = 1
  ) {
    (self.queries, self.keys, self.headWidth) = (queries, keys, headWidth)
    self.relativePositions = relativePositions
    self.firstQuery = firstQuery
    self.queryColumns = queryColumns
  }

  /// Floats after the scores that the kernel of the relative positions may overwrite.
  private static let slack = 16

  /// Floats of scratch memory that a call needs.
  package var scratchCount: Int {
    queries * (keys + 1 + (relativePositions.map { $0.rowEntries + $0.columnEntries } ?? 0)) + Self.slack
  }

  package func callAsFunction(
    q: MatrixView, k: MatrixView, v: MatrixView, scratch: UnsafeMutablePointer<Float>,
    into out: MutableMatrixView
  ) {
    let kernels = KernelSet.current
    let scores = MutableMatrixView(scratch, rows: queries, columns: keys)
    let inverseSums = inverseSums(scratch)
    if let relativePositions {
      writeBiases(of: q, relativePositions, into: scores, scratch: inverseSums + queries)
    }
    MatrixProduct.multiply(
      q, k.transposed, into: scores, scale: 1 / Float(headWidth).squareRoot(),
      adding: relativePositions != nil)
    kernels.softmaxWeights(scores.base, queries, keys, inverseSums)
    MatrixProduct.multiply(MatrixView(scores), v, into: out)
    kernels.scaleRows(out.base, out.stride, inverseSums, queries, headWidth)
  }

  /// The place of the inverse sums in `scratch`, after the scores.
  private func inverseSums(_ scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
    scratch + queries * keys + Self.slack
  }

  /// Writes what the scores are added to, their biases or 0, at the start of `scratch`, and returns the place of the inverse
  /// sums.
  func start(
    of q: MatrixView, _ scores: MutableMatrixView, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    let inverseSums = inverseSums(scratch)
    if let relativePositions {
      writeBiases(of: q, relativePositions, into: scores, scratch: inverseSums + queries)
    } else {
      scores.base.update(repeating: 0, count: queries * keys)
    }
    return inverseSums
  }

  /// Writes the biases that the scores are added to. Contract: `scratch` holds the products with both tables.
  private func writeBiases(
    of q: MatrixView, _ positions: RelativePositions, into scores: MutableMatrixView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let rows = MutableMatrixView(scratch, rows: queries, columns: positions.rowEntries)
    let columns = MutableMatrixView(
      scratch + queries * positions.rowEntries, rows: queries, columns: positions.columnEntries)
    positions.multiply(q, rows: rows, columns: columns)
    KernelSet.current.relativePositionBiases(
      scores.base, queries, rows.base, columns.base, positions.windowRows, positions.windowColumns,
      queryColumns, firstQuery)
  }
}
