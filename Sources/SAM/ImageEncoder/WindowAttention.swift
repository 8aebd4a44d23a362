import NN
import Parallel
import ViT

/// Self-attention inside square windows of the token grid, or over the whole grid, with decomposed relative
/// positions.
///
/// Shapes: tokens `[g g, C]` → `[g g, C]`. The original pads the grid with zeros to a multiple of the window; a padded
/// token's query, key and value are then the projection's bias alone. Here nothing is padded: windows gather their
/// tokens by index, the bias stands in for padded keys and values, and padded queries are never computed.
/// Source: `Attention`, `window_partition`, `add_decomposed_rel_pos` in segment_anything/modeling/image_encoder.py.
struct WindowAttention: TokenMixer {
  private let qkv: Linear
  private let projection: Linear
  private let relativePositions: RelativePositions
  private let heads: Int
  private let precision: Precision
  private let grid: Int
  /// Window side; the grid's for global attention.
  private let window: Int

  /// Reads `qkv`, `proj`, `rel_pos_h` and `rel_pos_w`; `window` 0 means global.
  init(_ scope: WeightScope, width: Int, heads: Int, window: Int, grid: Int) throws {
    qkv = try Linear(scope["qkv"], in: width, out: 3 * width)
    projection = try Linear(scope["proj"], in: width, out: width)
    (self.heads, precision) = (heads, scope.precision)
    self.grid = grid
    self.window = window == 0 ? grid : window
    relativePositions = RelativePositions(
      rows: try Self.table(scope, "rel_pos_h", side: self.window, width: width / heads),
      columns: try Self.table(scope, "rel_pos_w", side: self.window, width: width / heads))
  }

  /// The table `name` for a window of `side`, `[2 side - 1, d]`; one of another length is resized linearly.
  private static func table(_ scope: WeightScope, _ name: String, side: Int, width: Int) throws -> Tensor {
    let wanted = 2 * side - 1
    let length = scope.shape(name)?.first ?? wanted
    let table = try scope.tensor(name, shape: [length, width])
    guard length != wanted else { return table }
    return resample(
      table, rows: .linear(inputs: length, outputs: wanted), columns: .linear(inputs: 1, outputs: 1)
    ).reshaped([wanted, width])
  }

  func callAsFunction(
    _ x: Tensor, addedTo residual: Tensor, scale: Tensor?, wanted: Int?, commonQKV: CommonRows?, trace: Trace?
  ) -> Tensor {
    let own = self.qkv(x, wanted: commonQKV?.wanted ?? wanted)
    let qkv = commonQKV?.completed(own) ?? own
    trace?("qkv", qkv)
    let mixed =
      window == grid
      ? selfAttention(qkv, heads: heads, precision: precision, relativePositions: relativePositions)
      : attendInWindows(qkv, wanted: wanted ?? grid * grid)
    trace?("heads", mixed)
    trace?("attention", projection(mixed))
    return projection(mixed, then: .residual(residual, scale: scale), wanted: wanted)
  }

  /// Queries, keys and values of one head: `[n, 3 C]` → three times `[n, d]`.
  private func parts(of qkv: MatrixView, _ head: Int) -> (q: MatrixView, k: MatrixView, v: MatrixView) {
    (
      qkv.columnPart(head, of: 3 * heads), qkv.columnPart(heads + head, of: 3 * heads),
      qkv.columnPart(2 * heads + head, of: 3 * heads)
    )
  }

  /// `qkv [g g, 3 C]` → `[g g, C]`; each task is one window and one head. Windows that hold no token `wanted` are left out.
  private func attendInWindows(_ qkv: Tensor, wanted: Int) -> Tensor {
    let windowsAcross = (grid + window - 1) / window
    let windowsDown = (wanted + grid * window - 1) / (grid * window)
    return .matrix([grid * grid, qkv.shape[1] / 3]) { out in
      withMatrices(qkv, self.qkv.bias) { qkv, bias in
        Parallel.forEach(windowsDown * windowsAcross * heads) { index in
          let (place, head) = index.quotientAndRemainder(dividingBy: heads)
          let extent = WindowExtent(
            row: place / windowsAcross * window, column: place % windowsAcross * window, side: window,
            grid: grid)
          attend(
            extent, parts(of: qkv, head), padding: parts(of: bias, head),
            into: out.columnPart(head, of: heads))
        }
      }
    }
  }

  /// One head of one window. Contract: `tokens` `[g g, d]`, `padding` `[1, d]` each, `out [g g, d]`.
  private func attend(
    _ extent: WindowExtent, _ tokens: (q: MatrixView, k: MatrixView, v: MatrixView),
    padding: (q: MatrixView, k: MatrixView, v: MatrixView), into out: MutableMatrixView
  ) {
    let (queries, keys, headWidth) = (extent.rows * extent.columns, window * window, out.columns)
    let tile = AttentionTile(
      queries: queries, keys: keys, headWidth: headWidth, relativePositions: relativePositions,
      queryColumns: extent.columns)
    withScratch(tile.scratchCount + (2 * queries + 2 * keys) * headWidth) { scratch in
      let q = MutableMatrixView(scratch + tile.scratchCount, rows: queries, columns: headWidth)
      let k = MutableMatrixView(q.base + queries * headWidth, rows: keys, columns: headWidth)
      let v = MutableMatrixView(k.base + keys * headWidth, rows: keys, columns: headWidth)
      let result = MutableMatrixView(v.base + keys * headWidth, rows: queries, columns: headWidth)
      for y in 0..<window {
        for x in 0..<window {
          let key = y * window + x
          guard y < extent.rows, x < extent.columns else {
            k.row(key).update(from: padding.k.base, count: headWidth)
            v.row(key).update(from: padding.v.base, count: headWidth)
            continue
          }
          let token = (extent.row + y) * grid + extent.column + x
          q.row(y * extent.columns + x).update(from: tokens.q.row(token), count: headWidth)
          k.row(key).update(from: tokens.k.row(token), count: headWidth)
          v.row(key).update(from: tokens.v.row(token), count: headWidth)
        }
      }
      tile(q: MatrixView(q), k: MatrixView(k), v: MatrixView(v), scratch: scratch, into: result)
      for query in 0..<queries {
        let (y, x) = query.quotientAndRemainder(dividingBy: extent.columns)
        out.row((extent.row + y) * grid + extent.column + x).update(
          from: result.row(query), count: headWidth)
      }
    }
  }

  /// Where a window lies, and how much of it is inside the grid.
  private struct WindowExtent {
    let row: Int
    let column: Int
    let rows: Int
    let columns: Int

    init(row: Int, column: Int, side: Int, grid: Int) {
      (self.row, self.column) = (row, column)
      rows = min(side, grid - row)
      columns = min(side, grid - column)
    }
  }
}
