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
  private let joint: Linear
  private let projection: Linear
  private let relativePositions: RelativePositions
  private let heads: Int
  private let grid: Int
  /// Window side; the grid's for global attention.
  private let window: Int

  /// Reads `qkv`, `proj`, `rel_pos_h` and `rel_pos_w`; `window` 0 means global.
  init(_ scope: WeightScope, width: Int, heads: Int, window: Int, grid: Int) throws {
    joint = try Linear(scope["qkv"], in: width, out: 3 * width)
    projection = try Linear(scope["proj"], in: width, out: width)
    self.heads = heads
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

  func callAsFunction(_ x: Tensor, addedTo residual: Tensor, scale: Tensor?, trace: Trace?) -> Tensor {
    let qkv = joint(x)
    trace?("qkv", qkv)
    let mixed = window == grid ? attendGlobally(qkv) : attendInWindows(qkv)
    trace?("heads", mixed)
    trace?("attention", projection(mixed))
    return projection(mixed, then: .residual(residual, scale: scale))
  }

  /// `qkv [g g, 3 C]` → `[g g, C]`; each task is one head and a block of queries.
  private func attendGlobally(_ qkv: Tensor) -> Tensor {
    let (count, stride) = (grid * grid, qkv.shape[1])
    let width = stride / 3
    let headWidth = width / heads
    let blocks = (count + attentionQueryBlock - 1) / attentionQueryBlock
    return Tensor([count, width]) { out in
      guard let out = out.baseAddress else { return }
      withBase(qkv) { qkv in
        Parallel.forEach(heads * blocks) { index in
          let column = index / blocks * headWidth
          let first = index % blocks * attentionQueryBlock
          let tile = AttentionTile(
            queries: min(attentionQueryBlock, count - first), keys: count, headWidth: headWidth,
            relativePositions: relativePositions, firstQuery: first, queryColumns: grid)
          withScratch(tile.scratchCount) { scratch in
            tile(
              q: qkv + first * stride + column, qStride: stride, k: qkv + width + column, kStride: stride,
              v: qkv + 2 * width + column, vStride: stride, scratch: scratch,
              out: out + first * width + column, outStride: width)
          }
        }
      }
    }
  }

  /// `qkv [g g, 3 C]` → `[g g, C]`; each task is one window and one head.
  private func attendInWindows(_ qkv: Tensor) -> Tensor {
    let (count, stride) = (grid * grid, qkv.shape[1])
    let width = stride / 3
    let windowsAcross = (grid + window - 1) / window
    return Tensor([count, width]) { out in
      guard let out = out.baseAddress else { return }
      withBase(qkv, joint.bias) { qkv, bias in
        Parallel.forEach(windowsAcross * windowsAcross * heads) { index in
          let place = WindowPlace(
            row: index / heads / windowsAcross * window, column: index / heads % windowsAcross * window,
            side: window, grid: grid)
          attend(place, head: index % heads, qkv, stride: stride, bias: bias, out: out)
        }
      }
    }
  }

  /// One head of one window. Contract: `qkv [g g, 3 C]`, `bias [3 C]`, `out [g g, C]`.
  private func attend(
    _ place: WindowPlace, head: Int, _ qkv: UnsafePointer<Float>, stride: Int, bias: UnsafePointer<Float>,
    out: UnsafeMutablePointer<Float>
  ) {
    let width = stride / 3
    let headWidth = width / heads
    let column = head * headWidth
    let keys = window * window
    let queries = place.rows * place.columns
    let tile = AttentionTile(
      queries: queries, keys: keys, headWidth: headWidth, relativePositions: relativePositions,
      queryColumns: place.columns)
    withScratch(tile.scratchCount + (2 * queries + 2 * keys) * headWidth) { scratch in
      let q = scratch + tile.scratchCount
      let k = q + queries * headWidth
      let v = k + keys * headWidth
      let result = v + keys * headWidth
      for y in 0..<window {
        for x in 0..<window {
          let key = (y * window + x) * headWidth
          guard y < place.rows, x < place.columns else {
            (k + key).update(from: bias + width + column, count: headWidth)
            (v + key).update(from: bias + 2 * width + column, count: headWidth)
            continue
          }
          let token = qkv + ((place.row + y) * grid + place.column + x) * stride + column
          (q + (y * place.columns + x) * headWidth).update(from: token, count: headWidth)
          (k + key).update(from: token + width, count: headWidth)
          (v + key).update(from: token + 2 * width, count: headWidth)
        }
      }
      tile(
        q: q, qStride: headWidth, k: k, kStride: headWidth, v: v, vStride: headWidth, scratch: scratch,
        out: result, outStride: headWidth)
      for y in 0..<place.rows {
        for x in 0..<place.columns {
          (out + ((place.row + y) * grid + place.column + x) * width + column).update(
            from: result + (y * place.columns + x) * headWidth, count: headWidth)
        }
      }
    }
  }

  /// Where a window lies, and how much of it is inside the grid.
  private struct WindowPlace {
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
