import COpenBLAS
import Synchronization

/// Single-precision matrix products by CBLAS, each on the calling thread.
///
/// OpenBLAS's own threads are turned off: they would split a product by their number, and so change its last bits.
/// Callers split the work into fixed blocks (`Parallel`) and call one product per block.
package enum MatrixProduct {
  private static let singleThreaded: Bool = {
    openblas_set_num_threads(1)
    return true
  }()

  /// `C = scale · A B`, or `C += scale · A B` if `adding`, where B is stored transposed if `transposed`, and A if
  /// `transposedA`.
  ///
  /// Contract
  /// - `a` `[m, k]` (`[k, m]` if transposed), `b` `[k, n]` (`[n, k]` if transposed), `c` `[m, n]`; row-major, `lda` ...
  ///   floats from row to row.
  /// - `c` overlaps neither; unless `adding`, its former contents are ignored. To add to contents written just before
  ///   costs less than to ignore them: OpenBLAS would then clear `c` in a pass of its own.
  package static func multiply(
    _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int, transposed: Bool,
    into c: UnsafeMutablePointer<Float>, _ ldc: Int, m: Int, n: Int, k: Int, transposedA: Bool = false,
    scale: Float = 1,
    adding: Bool = false
  ) {
    guard singleThreaded, m > 0, n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, transposedA ? CblasTrans : CblasNoTrans, transposed ? CblasTrans : CblasNoTrans,
      Int32(m),
      Int32(n), Int32(k), scale, a, Int32(lda), b, Int32(ldb), adding ? 1 : 0, c, Int32(ldc))
  }
}

/// The fixed split of a product `[rows, columns]` into blocks: even, and never dependent on the thread count.
struct BlockGrid: Sendable {
  let rows: Int
  let columns: Int
  let rowBlocks: Int
  let columnBlocks: Int

  /// Blocks of at most `rowLimit` x `columnLimit`; the starts are multiples of 16.
  init(rows: Int, columns: Int, rowLimit: Int = 768, columnLimit: Int = 1024) {
    self.rows = rows
    self.columns = columns
    rowBlocks = max(1, (rows + rowLimit - 1) / rowLimit)
    columnBlocks = max(1, (columns + columnLimit - 1) / columnLimit)
  }

  var count: Int { rowBlocks * columnBlocks }

  /// Rows and columns of block `index`; blocks with the same rows follow each other.
  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (
      Self.part(index / columnBlocks, of: rowBlocks, count: rows),
      Self.part(index % columnBlocks, of: columnBlocks, count: columns)
    )
  }

  private static func part(_ index: Int, of parts: Int, count: Int) -> Range<Int> {
    let size = ((count + parts - 1) / parts + 15) / 16 * 16
    return min(count, index * size)..<min(count, (index + 1) * size)
  }
}
