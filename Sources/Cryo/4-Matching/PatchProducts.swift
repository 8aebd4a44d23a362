import NN

/// All that cosine similarities with a query need of one slice: for each patch vector p of its `h x w` grid six
/// inner products.
///
/// A sample between patches is a blend v = Σ wᵢ pᵢ of four. Its product with the query is the blend of the pᵢ · q,
/// and its squared norm Σᵢⱼ wᵢ wⱼ pᵢ · pⱼ needs only products of patches that share a cell. So a voxel costs a few
/// dozen operations instead of 3C, and is exact.
struct PatchProducts: Sendable {
  let placement: GridPlacement
  /// p(i, j) · q
  private(set) var query: [Float]
  /// p(i, j) · p(i, j)
  private(set) var square: [Float]
  /// p(i, j) · p(i, j + 1)
  private(set) var right: [Float]
  /// p(i, j) · p(i + 1, j)
  private(set) var down: [Float]
  /// p(i, j) · p(i + 1, j + 1) + p(i, j + 1) · p(i + 1, j): the two diagonals always have the same weight.
  private(set) var diagonals: [Float]

  /// The products of `grid`'s vectors with `query [C]` and among themselves. Those past the border are 0.
  init(_ grid: FeatureGrid, query view: [Float]) {
    precondition(view.count == grid.channels)
    let (height, width, channels) = (grid.height, grid.width, grid.channels)
    let zeros = [Float](repeating: 0, count: height * width)
    placement = grid.placement
    (query, square, right, down, diagonals) = (zeros, zeros, zeros, zeros, zeros)
    let dot = KernelSet.current.dotProduct
    grid.vectors.withElements { vectors in
      view.withUnsafeBufferPointer { view in
        guard let base = vectors.baseAddress, let target = view.baseAddress else { return }
        for i in 0..<height {
          for j in 0..<width {
            let here = i * width + j
            let p = base + here * channels
            let (hasRight, hasDown) = (j + 1 < width, i + 1 < height)
            query[here] = dot(p, target, channels)
            square[here] = dot(p, p, channels)
            if hasRight { right[here] = dot(p, p + channels, channels) }
            guard hasDown else { continue }
            let below = p + width * channels
            down[here] = dot(p, below, channels)
            if hasRight {
              diagonals[here] = dot(p, below + channels, channels) + dot(p + channels, below, channels)
            }
          }
        }
      }
    }
  }

  /// One row of samples: at each of `columns`, on grid row position `row`, adds v · q to `dots` and v · v to
  /// `squares`, `step` elements apart.
  ///
  /// Contract
  /// - `dots`, `squares`: at least `(columns.count - 1) * step + 1` elements; `line` at least `3 * width`, scratch.
  func addSamples(
    row: LinearTap, columns: [LinearTap], step: Int, line: UnsafeMutablePointer<Float>,
    dots: UnsafeMutablePointer<Float>, squares: UnsafeMutablePointer<Float>
  ) {
    // Blended vertically first: at row position t the vectors are u(j) = (1 - t) p(i, j) + t p(i + 1, j).
    let width = placement.width
    let (t, s) = (row.weight, 1 - row.weight)
    let (above, below) = (row.first * width, row.second * width)
    let (queries, norms, neighbours) = (line, line + width, line + 2 * width)
    let (tt, ss, ts) = (t * t, s * s, t * s)
    for j in 0..<width {
      queries[j] = s * query[above + j] + t * query[below + j]
      norms[j] = ss * square[above + j] + tt * square[below + j] + 2 * ts * down[above + j]
      neighbours[j] = ss * right[above + j] + tt * right[below + j] + ts * diagonals[above + j]
    }
    for (position, column) in columns.enumerated() {
      let (w, v) = (column.weight, 1 - column.weight)
      let (j, k) = (column.first, column.second)
      dots[position * step] += v * queries[j] + w * queries[k]
      squares[position * step] += v * v * norms[j] + w * w * norms[k] + 2 * v * w * neighbours[j]
    }
  }
}
