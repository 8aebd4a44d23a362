/// The error function of each lane, absolute error below 4e-7.
///
/// erf(x) ≈ x P(x²) / Q(x²) on |x| <= 3.92, where it is 1 to float32; our own weighted least-squares fit of degrees
/// 6 and 4.
@inline(__always)
func errorFunction(_ x: Lanes) -> Lanes {
  let limit: Float = 3.92
  let c = minimum(maximum(x, Lanes(repeating: -limit)), Lanes(repeating: limit))
  let t = c * c
  var p = Lanes(repeating: 1.992_211_4e-8)
  p = multiplyAdd(p, t, Lanes(repeating: -1.957_546_2e-6))
  p = multiplyAdd(p, t, Lanes(repeating: 1.418_159e-4))
  p = multiplyAdd(p, t, Lanes(repeating: 3.700_490_1e-3))
  p = multiplyAdd(p, t, Lanes(repeating: 0.050_570_015))
  p = multiplyAdd(p, t, Lanes(repeating: 0.199_900_78))
  p = multiplyAdd(p, t, Lanes(repeating: 1.128_379_1))
  var q = Lanes(repeating: 9.557_418_3e-4)
  q = multiplyAdd(q, t, Lanes(repeating: 0.014_351_037))
  q = multiplyAdd(q, t, Lanes(repeating: 0.114_988_436))
  q = multiplyAdd(q, t, Lanes(repeating: 0.510_489_1))
  q = multiplyAdd(q, t, Lanes(repeating: 1))
  return c * p / q
}

/// GELU in its exact form, x · ½ (1 + erf(x / √2)), as torch.nn.GELU().
@inline(__always)
func gelu(_ x: Lanes) -> Lanes {
  let half = x * 0.5
  return multiplyAdd(half, errorFunction(x * 0.707_106_77), half)
}

/// SiLU, x / (1 + exp(-x)).
@inline(__always)
func silu(_ x: Lanes) -> Lanes {
  x / (Lanes(repeating: 1) + exponential(Lanes.zero - x))
}

/// `y = gelu(x)` for `count` floats; `y` is `x` itself or does not overlap it.
func gelu(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
  var index = 0
  while index < count {
    storePart(gelu(loadPart(x + index, count - index)), y + index, count - index)
    index += laneCount
  }
}

/// `y = gelu(y)` for each of `rows` rows.
///
/// Contract
/// - `y` `[rows, width]` with `stride` floats from row to row.
func geluRows(_ y: UnsafeMutablePointer<Float>, stride: Int, rows: Int, width: Int) {
  mapRows(y, stride: stride, rows: rows, width: width) { value, _, _ in gelu(value) }
}

/// `y = max(0, y)`; contract as `geluRows`.
func reluRows(_ y: UnsafeMutablePointer<Float>, stride: Int, rows: Int, width: Int) {
  mapRows(y, stride: stride, rows: rows, width: width) { value, _, _ in maximum(value, Lanes.zero) }
}

/// SwiGLU: `y = silu(a) · b` for rows `[a | b]` of `x`.
///
/// Contract
/// - `x` `[rows, 2 width]`, `y` `[rows, width]`, contiguous, not overlapping.
func swiGLU(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, width: Int
) {
  for row in 0..<rows {
    let a = x + row * 2 * width
    var column = 0
    while column < width {
      let count = width - column
      storePart(
        silu(loadPart(a + column, count)) * loadPart(a + width + column, count), y + row * width + column,
        count)
      column += laneCount
    }
  }
}

/// As many lanes at `address` as there are among `count`, the others 0.
@inline(__always)
func loadPart(_ address: UnsafePointer<Float>, _ count: Int) -> Lanes {
  count >= laneCount ? Lanes.load(address) : Lanes.load(address, count: count)
}

/// Writes as many lanes as there are among `count`.
@inline(__always)
func storePart(_ lanes: Lanes, _ address: UnsafeMutablePointer<Float>, _ count: Int) {
  if count >= laneCount { lanes.store(address) } else { lanes.store(address, count: count) }
}

/// Replaces the elements of each row by `function(elements, column, columns left)`.
@inline(__always)
func mapRows(
  _ y: UnsafeMutablePointer<Float>, stride: Int, rows: Int, width: Int,
  _ function: (Lanes, Int, Int) -> Lanes
) {
  for row in 0..<rows {
    let y = y + row * stride
    var column = 0
    while column < width {
      let count = width - column
      storePart(function(loadPart(y + column, count), column, count), y + column, count)
      column += laneCount
    }
  }
}
