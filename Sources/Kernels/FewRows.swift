/// `y += x Wᵀ` for so few rows of `x` that each row of the weight is read once and used at once, without the copies
/// that a product of large matrices is arranged with.
///
/// Contract
/// - `x` `[rows, inputs]`, `weight` `[outputs, inputs]`, contiguous; `y` `[rows, outputs]` with `stride` floats from row
///   to row, overlapping neither.
/// - A row's result does not depend on the number of rows.
func multiplyFewRows(
  _ x: UnsafePointer<Float>, rows: Int, inputs: Int, weight: UnsafePointer<Float>, outputs: Int,
  addingTo y: UnsafeMutablePointer<Float>, stride: Int
) {
  for output in 0..<outputs {
    let weight = weight + output * inputs
    var row = 0
    while row + 4 <= rows {
      let x = x + row * inputs
      var sums = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
      var column = 0
      while column < inputs {
        let count = inputs - column
        let w = loadPart(weight + column, count)
        sums.0 = multiplyAdd(loadPart(x + column, count), w, sums.0)
        sums.1 = multiplyAdd(loadPart(x + inputs + column, count), w, sums.1)
        sums.2 = multiplyAdd(loadPart(x + 2 * inputs + column, count), w, sums.2)
        sums.3 = multiplyAdd(loadPart(x + 3 * inputs + column, count), w, sums.3)
        column += laneCount
      }
      let target = y + row * stride + output
      target[0] += horizontalSum(sums.0)
      target[stride] += horizontalSum(sums.1)
      target[2 * stride] += horizontalSum(sums.2)
      target[3 * stride] += horizontalSum(sums.3)
      row += 4
    }
    while row < rows {
      var sum = Lanes.zero
      var column = 0
      while column < inputs {
        let count = inputs - column
        sum = multiplyAdd(loadPart(x + row * inputs + column, count), loadPart(weight + column, count), sum)
        column += laneCount
      }
      y[row * stride + output] += horizontalSum(sum)
      row += 1
    }
  }
}
