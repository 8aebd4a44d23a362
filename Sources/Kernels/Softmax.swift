/// SAM's decomposed relative positions, as a bias for each pair of a query and a key: the query at (qy, qx) and the
/// key at (ky, kx) of a window of `windowRows` x `windowColumns` get `rowProducts[query, windowRows - 1 - qy + ky] +
/// columnProducts[query, windowColumns - 1 - qx + kx]`: the query's products with the tables of relative positions,
/// last first.
///
/// Contract
/// - `biases` `[rows, windowRows · windowColumns]`, contiguous, and `laneCount` floats of scratch after them.
/// - `rowProducts` `[rows, 2 windowRows - 1]`, `columnProducts` `[rows, 2 windowColumns - 1]`.
/// - Row `r` belongs to the query at (`(firstQuery + r) / queryColumns`, `(firstQuery + r) % queryColumns`).
func relativePositionBiases(
  _ biases: UnsafeMutablePointer<Float>, rows: Int, rowProducts: UnsafePointer<Float>,
  columnProducts: UnsafePointer<Float>, windowRows: Int, windowColumns: Int, queryColumns: Int,
  firstQuery: Int
) {
  let blocks = (windowColumns + laneCount - 1) / laneCount
  // One query's column biases, filled up to whole vectors: rows of the window are then written whole vectors at a
  // time, each over the last one's end.
  withUnsafeTemporaryAllocation(of: Float.self, capacity: blocks * laneCount) { memory in
    let columns = memory.baseAddress.unsafelyUnwrapped
    for row in 0..<rows {
      let query = firstQuery + row
      let rowBias = rowProducts + row * (2 * windowRows - 1) + windowRows - 1 - query / queryColumns
      let columnBias =
        columnProducts + row * (2 * windowColumns - 1) + windowColumns - 1 - query % queryColumns
      for block in 0..<blocks {
        let start = block * laneCount
        loadPart(columnBias + start, windowColumns - start).store(columns + start)
      }
      let target = biases + row * windowRows * windowColumns
      for y in 0..<windowRows {
        let shift = Lanes(repeating: rowBias[y])
        for block in 0..<blocks {
          let start = block * laneCount
          (shift + Lanes.load(columns + start)).store(target + y * windowColumns + start)
        }
      }
    }
  }
}

/// Turns attention scores into unnormalised weights: `s = exp(s - maximum)`, row by row.
///
/// Contract
/// - `scores` `[rows, keys]`, contiguous; `keys > 0`.
/// - `inverseSums` `[rows]` receives 1 / (the sum of each row), for the caller to scale the result by.
func softmaxWeights(
  _ scores: UnsafeMutablePointer<Float>, rows: Int, keys: Int, inverseSums: UnsafeMutablePointer<Float>
) {
  for row in 0..<rows { inverseSums[row] = softmaxRow(scores + row * keys, keys: keys) }
}

/// `s = exp(s - maximum)` for one row of `keys` scores; returns 1 / (their sum).
@inline(__always)
private func softmaxRow(_ s: UnsafeMutablePointer<Float>, keys: Int) -> Float {
  let whole = keys / laneCount * laneCount
  var largest = Lanes(repeating: -.infinity)
  var key = 0
  while key < whole {
    largest = maximum(largest, Lanes.load(s + key))
    key += laneCount
  }
  if whole < keys {
    largest = maximum(largest, Lanes.load(s + whole, count: keys - whole, filler: -.infinity))
  }
  let top = Lanes(repeating: horizontalMaximum(largest))
  var total = Lanes.zero
  key = 0
  while key < whole {
    let weight = exponential(Lanes.load(s + key) - top)
    weight.store(s + key)
    total += weight
    key += laneCount
  }
  var sum = horizontalSum(total)
  if whole < keys {
    let weight = exponential(Lanes.load(s + whole, count: keys - whole) - top)
    weight.store(s + whole, count: keys - whole)
    for lane in 0..<(keys - whole) { sum += weight[lane] }
  }
  return 1 / sum
}

/// As `softmaxWeights`, for transposed scores that are scaled first: each column belongs to a query, each row to a key, so that
/// few keys (SAM's prompt tokens) still fill the lanes.
///
/// Contract
/// - `scores` `[keys, columns]` with `stride` floats from row to row; `keys > 0`.
/// - The weights are normalised: each column sums to 1.
func softmaxColumns(
  _ scores: UnsafeMutablePointer<Float>, stride: Int, keys: Int, columns: Int, scale: Float
) {
  var column = 0
  while column < columns {
    let count = columns - column
    let s = scores + column
    var largest = loadPart(s, count)
    for key in 1..<max(1, keys) { largest = maximum(largest, loadPart(s + key * stride, count)) }
    let top = largest * scale
    var total = Lanes.zero
    for key in 0..<keys {
      let weight = exponential(loadPart(s + key * stride, count) * scale - top)
      storePart(weight, s + key * stride, count)
      total += weight
    }
    let inverse = Lanes(repeating: 1) / total
    for key in 0..<keys { storePart(loadPart(s + key * stride, count) * inverse, s + key * stride, count) }
    column += laneCount
  }
}

/// `y = factors[row] · y` for each row.
///
/// Contract
/// - `y` `[rows, width]` with `stride` floats from row to row; `factors` `[rows]`.
func scaleRows(
  _ y: UnsafeMutablePointer<Float>, stride: Int, factors: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    mapRows(y + row * stride, stride: stride, rows: 1, width: width) { value, _, _ in value * factors[row] }
  }
}
