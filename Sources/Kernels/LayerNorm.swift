/// Normalises each row of `x`, then scales by `gamma` and shifts by `beta`.
///
/// Contract
/// - `x`, `y` `[rows, width]`, row-major and contiguous; `gamma`, `beta` `[width]`; `width > 0`.
/// - `y` is `x` itself or does not overlap it.
/// - Mean and biased variance (÷ width) in two passes; `epsilon` is the checkpoint's own.
func layerNorm(
  _ x: UnsafePointer<Float>, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, epsilon: Float,
  into y: UnsafeMutablePointer<Float>, rows: Int, width: Int
) {
  let inverseWidth = 1 / Float(width)
  guard width >= laneCount else {
    narrowLayerNorm(x, gamma: gamma, beta: beta, epsilon: epsilon, into: y, rows: rows, width: width)
    return
  }
  let whole = width / laneCount * laneCount
  for row in 0..<rows {
    let x = x + row * width
    let y = y + row * width
    var total = Lanes.zero
    var column = 0
    while column < whole {
      total += Lanes.load(x + column)
      column += laneCount
    }
    if whole < width { total += Lanes.load(x + whole, count: width - whole) }
    let mean = horizontalSum(total) * inverseWidth

    var squares = Lanes.zero
    column = 0
    while column < whole {
      let deviation = Lanes.load(x + column) - Lanes(repeating: mean)
      squares = multiplyAdd(deviation, deviation, squares)
      column += laneCount
    }
    if whole < width {
      let deviation = Lanes.load(x + whole, count: width - whole, filler: mean) - Lanes(repeating: mean)
      squares = multiplyAdd(deviation, deviation, squares)
    }
    let scale = 1 / (horizontalSum(squares) * inverseWidth + epsilon).squareRoot()

    column = 0
    while column < width {
      let count = width - column
      let normal = (loadPart(x + column, count) - Lanes(repeating: mean)) * scale
      storePart(
        multiplyAdd(normal, loadPart(gamma + column, count), loadPart(beta + column, count)), y + column,
        count)
      column += laneCount
    }
  }
}

/// `layerNorm` for rows shorter than a vector: SAM's convolutions of mask prompts have 4 and 16 channels.
private func narrowLayerNorm(
  _ x: UnsafePointer<Float>, gamma: UnsafePointer<Float>, beta: UnsafePointer<Float>, epsilon: Float,
  into y: UnsafeMutablePointer<Float>, rows: Int, width: Int
) {
  let inverseWidth = 1 / Float(width)
  for row in 0..<rows {
    let x = x + row * width
    let y = y + row * width
    var total: Float = 0
    for column in 0..<width { total += x[column] }
    let mean = total * inverseWidth
    var squares: Float = 0
    for column in 0..<width { squares += (x[column] - mean) * (x[column] - mean) }
    let scale = 1 / (squares * inverseWidth + epsilon).squareRoot()
    for column in 0..<width { y[column] = (x[column] - mean) * scale * gamma[column] + beta[column] }
  }
}
