/// `y = a + b`, element by element.
///
/// Contract
/// - All three hold `count` floats; `y` may be `a` or `b`, but may not overlap them otherwise.
func add(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  var index = 0
  while index < count {
    let rest = count - index
    storePart(loadPart(a + index, rest) + loadPart(b + index, rest), y + index, rest)
    index += laneCount
  }
}

/// `y = x + row`, the same row added to each row of `x`.
///
/// Contract
/// - `x`, `y` `[rows, width]` with their strides; `row` `[width]`; `y` may be `x`, but may not overlap it otherwise.
func addRow(
  _ x: UnsafePointer<Float>, stride: Int, row: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
  targetStride: Int, rows: Int, width: Int
) {
  for index in 0..<rows {
    add(x + index * stride, row, into: y + index * targetStride, count: width)
  }
}

/// `y = residual + scale · y`, LayerScale and the residual connection.
///
/// Contract
/// - `y` and `residual` `[rows, width]` with their strides, not overlapping; `scale` `[width]`.
func scaledResidual(
  _ y: UnsafeMutablePointer<Float>, stride: Int, scale: UnsafePointer<Float>,
  residual: UnsafePointer<Float>, residualStride: Int, rows: Int, width: Int
) {
  for row in 0..<rows {
    let residual = residual + row * residualStride
    mapRows(y + row * stride, stride: stride, rows: 1, width: width) { value, column, count in
      multiplyAdd(value, loadPart(scale + column, count), loadPart(residual + column, count))
    }
  }
}

/// The inner product of two vectors of `count` floats, in one fixed order.
func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
  var even = Lanes.zero
  var odd = Lanes.zero
  var index = 0
  while index + 2 * laneCount <= count {
    even = multiplyAdd(Lanes.load(a + index), Lanes.load(b + index), even)
    odd = multiplyAdd(Lanes.load(a + index + laneCount), Lanes.load(b + index + laneCount), odd)
    index += 2 * laneCount
  }
  while index < count {
    let rest = count - index
    even = multiplyAdd(loadPart(a + index, rest), loadPart(b + index, rest), even)
    index += laneCount
  }
  return horizontalSum(even + odd)
}
