import Parallel

/// Multi-head attention, `softmax(Q Kᵀ / √d) V` for each of H heads of width d, that lie side by side.
///
/// Shapes: `q [N, H d]`, `k`, `v` `[M, H d]` → `[N, H d]`.
public func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int) -> Tensor {
  precondition(q.rank == 2 && k.shape == v.shape && q.shape[1] == k.shape[1] && q.shape[1] % heads == 0)
  return withMatrices(q, k, v) { q, k, v in attention(q, k, v, heads: heads) }
}

/// Multi-head self-attention on the output of the qkv projection.
///
/// Shapes: `qkv [N, 3 H d]`, a row holding the queries of all heads, then keys, then values → `[N, H d]`.
///
/// - Parameter precision: in int8 the products are of sixteen bits (`Int16Attention`), else of float32.
/// - Parameter relativePositions: of the tokens on a grid as large as their window.
public func selfAttention(
  _ qkv: Tensor, heads: Int, precision: Precision = .float32, relativePositions: RelativePositions? = nil
) -> Tensor {
  precondition(qkv.rank == 2 && qkv.shape[1] % (3 * heads) == 0)
  return withMatrices(qkv) { qkv in
    let (q, k, v) = (qkv.columnPart(0, of: 3), qkv.columnPart(1, of: 3), qkv.columnPart(2, of: 3))
    guard precision == .int8 else {
      return attention(q, k, v, heads: heads, relativePositions: relativePositions)
    }
    return Int16Attention(heads: heads, relativePositions: relativePositions)(q, k, v)
  }
}

/// Queries whose scores are held at a time.
public let attentionQueryBlock = 128

private func attention(
  _ q: MatrixView, _ k: MatrixView, _ v: MatrixView, heads: Int, relativePositions: RelativePositions? = nil
) -> Tensor {
  if k.rows <= fewKeys, relativePositions == nil { return attentionToFew(q, k, v, heads: heads) }
  let blocks = (q.rows + attentionQueryBlock - 1) / attentionQueryBlock
  return .matrix([q.rows, q.columns]) { out in
    Parallel.forEach(heads * blocks) { index in
      let (head, first) = (index / blocks, index % blocks * attentionQueryBlock)
      let rows = first..<min(q.rows, first + attentionQueryBlock)
      let tile = AttentionTile(
        queries: rows.count, keys: k.rows, headWidth: q.columns / heads, relativePositions: relativePositions,
        firstQuery: first, queryColumns: relativePositions?.windowColumns ?? 1)
      withScratch(tile.scratchCount) { scratch in
        tile(
          q: q[rows: rows].columnPart(head, of: heads), k: k.columnPart(head, of: heads),
          v: v.columnPart(head, of: heads), scratch: scratch,
          into: out[rows: rows].columnPart(head, of: heads))
      }
    }
  }
}

/// Up to so many keys the scores are held transposed.
let fewKeys = 32

/// `attention` for few keys: scores `[keys, queries]` of a block of queries, one head after another.
private func attentionToFew(_ q: MatrixView, _ k: MatrixView, _ v: MatrixView, heads: Int) -> Tensor {
  let scale = 1 / Float(q.columns / heads).squareRoot()
  return .matrix([q.rows, q.columns]) { out in
    Parallel.forEachRange(q.rows, size: 512) { rows in
      withScratch(k.rows * rows.count) { scratch in
        let scores = MutableMatrixView(scratch, rows: k.rows, columns: rows.count)
        for head in 0..<heads {
          MatrixProduct.multiply(
            k.columnPart(head, of: heads), q[rows: rows].columnPart(head, of: heads).transposed, into: scores)
          KernelSet.current.softmaxColumns(scores.base, scores.stride, scores.rows, scores.columns, scale)
          MatrixProduct.multiply(
            MatrixView(scores).transposed, v.columnPart(head, of: heads),
            into: out[rows: rows].columnPart(head, of: heads))
        }
      }
    }
  }
}
