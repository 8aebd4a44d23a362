/// Turns attention scores into unnormalised weights: `s = exp(scale · s + bias - maximum)`, row by row.
///
/// The bias is SAM's decomposed relative position: the query at (qy, qx) and the key at (ky, kx) of a window of
/// `windowRows` x `windowColumns` get `rowProducts[query, windowRows - 1 - qy + ky] + columnProducts[query,
/// windowColumns - 1 - qx + kx]`, unscaled: the query's products with the tables of relative positions, last first.
/// Without it pass `nil`.
///
/// Contract
/// - `scores` `[rows, keys]`, contiguous; `keys > 0`, and `keys = windowRows · windowColumns` with a bias.
/// - `rowProducts` `[rows, 2 windowRows - 1]`, `columnProducts` `[rows, 2 windowColumns - 1]`.
/// - Row `r` belongs to the query at (`(firstQuery + r) / queryColumns`, `(firstQuery + r) % queryColumns`).
/// - `inverseSums` `[rows]` receives 1 / (the sum of each row), for the caller to scale the result by.
public func softmaxWeights(
  _ scores: UnsafeMutablePointer<Float>, rows: Int, keys: Int, scale: Float,
  rowProducts: UnsafePointer<Float>?, columnProducts: UnsafePointer<Float>?, windowRows: Int,
  windowColumns: Int,
  queryColumns: Int, firstQuery: Int, inverseSums: UnsafeMutablePointer<Float>
) {
  let columnBlocks = (windowColumns + laneCount - 1) / laneCount
  // One query's biases for all keys; rows of the window are written whole vectors at a time, each over the last one's
  // end. After them, its column biases, filled up to whole vectors.
  withUnsafeTemporaryAllocation(of: Float.self, capacity: keys + (1 + columnBlocks) * laneCount) { memory in
    let bias = memory.baseAddress.unsafelyUnwrapped
    let columns = bias + keys + laneCount
    for row in 0..<rows {
      if let rowProducts, let columnProducts {
        let query = firstQuery + row
        let rowBias = rowProducts + row * (2 * windowRows - 1) + windowRows - 1 - query / queryColumns
        let columnBias =
          columnProducts + row * (2 * windowColumns - 1) + windowColumns - 1 - query % queryColumns
        for block in 0..<columnBlocks {
          let start = block * laneCount
          loadPart(columnBias + start, windowColumns - start).store(columns + start)
        }
        for y in 0..<windowRows {
          let shift = Lanes(repeating: rowBias[y])
          for block in 0..<columnBlocks {
            let start = block * laneCount
            (shift + Lanes.load(columns + start)).store(bias + y * windowColumns + start)
          }
        }
        inverseSums[row] = softmaxRow(scores + row * keys, keys: keys, scale: scale, bias: bias)
      } else {
        inverseSums[row] = softmaxRow(scores + row * keys, keys: keys, scale: scale, bias: nil)
      }
    }
  }
}

/// `s = exp(scale · s + bias - maximum)` for one row of `keys` scores; returns 1 / (their sum).
@inline(__always)
private func softmaxRow(
  _ s: UnsafeMutablePointer<Float>, keys: Int, scale: Float, bias: UnsafePointer<Float>?
) -> Float {
  let whole = keys / laneCount * laneCount
  var largest = Lanes(repeating: -.infinity)
  var key = 0
  while key < whole {
    let score = Lanes.load(s + key)
    let value =
      bias.map { multiplyAdd(score, Lanes(repeating: scale), Lanes.load($0 + key)) } ?? score * scale
    value.store(s + key)
    largest = maximum(largest, value)
    key += laneCount
  }
  if whole < keys {
    let score = Lanes.load(s + whole, count: keys - whole)
    let value =
      bias.map { multiplyAdd(score, Lanes(repeating: scale), Lanes.load($0 + whole)) } ?? score * scale
    value.store(s + whole, count: keys - whole)
    largest = maximum(largest, keepFirst(value, keys - whole))
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

/// As `softmaxWeights` without bias, for transposed scores: each column belongs to a query, each row to a key, so that
/// few keys (SAM's prompt tokens) still fill the lanes.
///
/// Contract
/// - `scores` `[keys, columns]` with `stride` floats from row to row; `keys > 0`.
/// - The weights are normalised: each column sums to 1.
public func softmaxColumns(
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
public func scaleRows(
  _ y: UnsafeMutablePointer<Float>, stride: Int, factors: UnsafePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    mapRows(y + row * stride, stride: stride, rows: 1, width: width) { value, _, _ in value * factors[row] }
  }
}

/// The first `count` lanes, the others -infinity.
@inline(never)
private func keepFirst(_ value: Lanes, _ count: Int) -> Lanes {
  var kept = Lanes(repeating: -.infinity)
  for lane in 0..<count { kept[lane] = value[lane] }
  return kept
}
