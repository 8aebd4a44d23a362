import Parallel

/// Scaled dot-product attention of one head for a block of queries, `softmax(scale · Q Kᵀ + bias) V`.
///
/// Only the block's scores, `[queries, keys]`, are ever held.
///
/// Contract of the call
/// - `q` `[queries, headWidth]`, `k`, `v` `[keys, headWidth]`, `out` `[queries, headWidth]`, with their strides.
/// - `scratch` holds `scratchCount` floats.
/// - With relative positions, `keys = window.rows · window.columns`, and query 0 of the block is number `firstQuery`
///   of a grid `queryColumns` wide.
public struct AttentionTile {
  let queries: Int
  let keys: Int
  let headWidth: Int
  var relativePositions: RelativePositions?
  var firstQuery = 0
  var queryColumns = 1

  public init(
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
  public var scratchCount: Int {
    queries * (keys + 1 + (relativePositions.map { $0.rowEntries + $0.columnEntries } ?? 0)) + Self.slack
  }

  public func callAsFunction(
    q: UnsafePointer<Float>, qStride: Int, k: UnsafePointer<Float>, kStride: Int, v: UnsafePointer<Float>,
    vStride: Int,
    scratch: UnsafeMutablePointer<Float>, out: UnsafeMutablePointer<Float>, outStride: Int
  ) {
    let kernels = KernelSet.current
    let scores = scratch
    let inverseSums = scores + queries * keys + Self.slack
    if let relativePositions {
      let rowProducts = inverseSums + queries
      let columnProducts = rowProducts + queries * relativePositions.rowEntries
      relativePositions.multiply(q, qStride, queries: queries, rows: rowProducts, columns: columnProducts)
      kernels.relativePositionBiases(
        scores, queries, rowProducts, columnProducts, relativePositions.windowRows,
        relativePositions.windowColumns, queryColumns, firstQuery)
    }
    MatrixProduct.multiply(
      q, qStride, k, kStride, transposed: true, into: scores, keys, m: queries, n: keys, k: headWidth,
      scale: 1 / Float(headWidth).squareRoot(), adding: relativePositions != nil)
    kernels.softmaxWeights(scores, queries, keys, inverseSums)
    MatrixProduct.multiply(
      scores, keys, v, vStride, transposed: false, into: out, outStride, m: queries, n: headWidth, k: keys)
    kernels.scaleRows(out, outStride, inverseSums, queries, headWidth)
  }
}

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

  /// Inner products of each query with every entry of both tables.
  func multiply(
    _ q: UnsafePointer<Float>, _ stride: Int, queries: Int, rows: UnsafeMutablePointer<Float>,
    columns: UnsafeMutablePointer<Float>
  ) {
    let width = rowTable.shape[1]
    withBase(rowTable, columnTable) { rowTable, columnTable in
      MatrixProduct.multiply(
        q, stride, rowTable, width, transposed: true, into: rows, rowEntries, m: queries, n: rowEntries,
        k: width)
      MatrixProduct.multiply(
        q, stride, columnTable, width, transposed: true, into: columns, columnEntries, m: queries,
        n: columnEntries,
        k: width)
    }
  }
}

/// Multi-head attention, `softmax(Q Kᵀ / √d) V` for each of H heads of width d, that lie side by side.
///
/// Shapes: `q [N, H d]`, `k`, `v` `[M, H d]` → `[N, H d]`.
public func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int) -> Tensor {
  precondition(q.rank == 2 && k.shape == v.shape && q.shape[1] == k.shape[1] && q.shape[1] % heads == 0)
  let width = q.shape[1]
  return withBase(q, k, v) { qBase, kBase, vBase in
    attention(
      qBase, kBase, vBase, stride: width, queries: q.shape[0], keys: k.shape[0], width: width, heads: heads)
  }
}

/// Multi-head self-attention on the output of a joint projection.
///
/// Shapes: `qkv [N, 3 H d]`, a row holding the queries of all heads, then keys, then values → `[N, H d]`.
public func selfAttention(_ qkv: Tensor, heads: Int) -> Tensor {
  precondition(qkv.rank == 2 && qkv.shape[1] % (3 * heads) == 0)
  let width = qkv.shape[1] / 3
  let count = qkv.shape[0]
  return withBase(qkv) { base in
    attention(
      base, base + width, base + 2 * width, stride: 3 * width, queries: count, keys: count, width: width,
      heads: heads)
  }
}

/// Queries whose scores are held at a time.
public let attentionQueryBlock = 128

private func attention(
  _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>, stride: Int, queries: Int,
  keys: Int, width: Int, heads: Int
) -> Tensor {
  let headWidth = width / heads
  if keys <= fewKeys {
    return attentionToFew(
      q, k, v, stride: stride, queries: queries, keys: keys, width: width, headWidth: headWidth)
  }
  let blocks = (queries + attentionQueryBlock - 1) / attentionQueryBlock
  return Tensor([queries, width]) { out in
    guard let out = out.baseAddress else { return }
    Parallel.forEach(heads * blocks) { index in
      let column = index / blocks * headWidth
      let first = index % blocks * attentionQueryBlock
      let tile = AttentionTile(
        queries: min(attentionQueryBlock, queries - first), keys: keys, headWidth: headWidth)
      withScratch(tile.scratchCount) { scratch in
        tile(
          q: q + first * stride + column, qStride: stride, k: k + column, kStride: stride, v: v + column,
          vStride: stride, scratch: scratch, out: out + first * width + column, outStride: width)
      }
    }
  }
}

/// Up to so many keys the scores are held transposed.
let fewKeys = 32

/// `attention` for few keys: scores `[keys, queries]` of a block of queries, one head after another.
private func attentionToFew(
  _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>, stride: Int, queries: Int,
  keys: Int, width: Int, headWidth: Int
) -> Tensor {
  let block = 512
  let scale = 1 / Float(headWidth).squareRoot()
  return Tensor([queries, width]) { out in
    guard let out = out.baseAddress else { return }
    Parallel.forEachRange(queries, size: block) { range in
      withScratch(keys * range.count) { scores in
        for column in Swift.stride(from: 0, to: width, by: headWidth) {
          MatrixProduct.multiply(
            k + column, stride, q + range.lowerBound * stride + column, stride, transposed: true,
            into: scores,
            range.count, m: keys, n: range.count, k: headWidth)
          KernelSet.current.softmaxColumns(scores, range.count, keys, range.count, scale)
          MatrixProduct.multiply(
            scores, range.count, v + column, stride, transposed: false,
            into: out + range.lowerBound * width + column,
            width, m: range.count, n: headWidth, k: keys, transposedA: true)
        }
      }
    }
  }
}
