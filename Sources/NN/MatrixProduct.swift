import COpenBLAS

/// Single-precision matrix products by CBLAS, each on the calling thread.
///
/// OpenBLAS's own threads are turned off: they would split a product by their number, and so change its last bits.
/// Callers split the work into fixed blocks (`Parallel`) and call one product per block.
package enum MatrixProduct {
  /// `C = scale · A B`, or `C += scale · A B` if `adding`.
  ///
  /// Contract
  /// - `a` `[m, k]`, `b` `[k, n]`, `c` `[m, n]`.
  /// - `MatrixLibrary.check` has been called: there is a library, and it is one that is right.
  /// - `c` overlaps neither; unless `adding`, its former contents are ignored. To add to contents written just before
  ///   costs less than to ignore them: OpenBLAS would then clear `c` in a pass of its own.
  package static func multiply(
    _ a: MatrixView, _ b: MatrixView, into c: MutableMatrixView, scale: Float = 1, adding: Bool = false
  ) {
    assert(a.columns == b.rows && c.rows == a.rows && c.columns == b.columns)
    guard c.rows > 0, c.columns > 0 else { return }
    OpenBLAS.sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      Int32(c.rows), Int32(c.columns), Int32(a.columns), scale, a.base, Int32(a.stride), b.base,
      Int32(b.stride), adding ? 1 : 0, c.base, Int32(c.stride))
  }
}

/// How much of a product must be computed for its first rows to have the bytes that they have in the whole.
///
/// OpenBLAS's kernels take rows in groups, from the first on. What a row's sums are rounded to may depend on its place in
/// its group and on whether the group is a whole one (so it is with those for AVX2, groups of 12), but not on how many
/// groups follow. Whether that holds is tried once, when it is first asked for.
enum LeadingRows {
  /// A multiple of all kernels' groups.
  private static let group = 96
  /// Sums of smaller products may be made by kernels of another kind.
  private static let (columns, terms) = (1024, 256)

  /// Rows to compute for `wanted` of the `rows` of a product of sums of `terms`.
  static func needed(for wanted: Int, of rows: Int, columns: Int, terms: Int) -> Int {
    guard wanted < rows, columns * terms >= Self.columns * Self.terms, areKept else { return rows }
    return min(rows, (wanted + group - 1) / group * group)
  }

  private static let areKept = ProductCheck.keepsLeadingRows(group, columns: columns, terms: terms) {
    MatrixProduct.multiply($0, $1, into: $2, scale: $3, adding: $4)
  }
}

/// The fixed split of a product `[rows, columns]` into blocks: even, and never dependent on the thread count.
struct BlockGrid: Sendable {
  let rows: Int
  let columns: Int
  let rowBlocks: Int
  let columnBlocks: Int

  /// What all starts are multiples of.
  private let unit: Int

  /// Blocks of about at most `rowLimit` x `columnLimit`; the starts are multiples of `unit`.
  init(rows: Int, columns: Int, rowLimit: Int = 768, columnLimit: Int = 1024, unit: Int = 16) {
    self.rows = rows
    self.columns = columns
    self.unit = unit
    rowBlocks = max(1, (rows + rowLimit - 1) / rowLimit)
    columnBlocks = max(1, (columns + columnLimit - 1) / columnLimit)
  }

  var count: Int { rowBlocks * columnBlocks }

  /// Rows and columns of block `index`; blocks with the same rows follow each other.
  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (
      part(index / columnBlocks, of: rowBlocks, count: rows),
      part(index % columnBlocks, of: columnBlocks, count: columns)
    )
  }

  private func part(_ index: Int, of parts: Int, count: Int) -> Range<Int> {
    let size = ((count + parts - 1) / parts + unit - 1) / unit * unit
    return min(count, index * size)..<min(count, (index + 1) * size)
  }
}
