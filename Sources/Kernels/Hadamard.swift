/// Rotates `x` in place, block by block, by the Hadamard matrix of that size over its square root.
///
/// Inner products of two vectors that are rotated alike do not change, but what stands out in one channel is spread over
/// all of its block: then eight bits are enough for all of them.
///
/// Contract
/// - `count` is a multiple of `block`, `block` a power of two and at least 8.
/// - Sums and differences alone, then one factor: the same bits on every processor.
func rotate(_ x: UnsafeMutablePointer<Float>, count: Int, block: Int) {
  let factor = SIMD8<Float>(repeating: 1 / Float(block).squareRoot())
  let memory = UnsafeMutableRawPointer(x)
  for first in stride(from: 0, to: count, by: block) {
    var span = 8
    while span < block {
      for start in stride(from: first, to: first + block, by: 2 * span) {
        for place in stride(from: start, to: start + span, by: 8) {
          let (low, high) = (memory + 4 * place, memory + 4 * (place + span))
          let (a, b) = (low.loadUnaligned(as: SIMD8<Float>.self), high.loadUnaligned(as: SIMD8<Float>.self))
          low.storeBytes(of: a + b, as: SIMD8<Float>.self)
          high.storeBytes(of: a - b, as: SIMD8<Float>.self)
        }
      }
      span *= 2
    }
    for place in stride(from: first, to: first + block, by: 8) {
      var eight = (memory + 4 * place).loadUnaligned(as: SIMD8<Float>.self)
      for _ in 0..<3 {
        let (even, odd) = (eight.evenHalf, eight.oddHalf)
        eight = SIMD8(lowHalf: even + odd, highHalf: even - odd)
      }
      (memory + 4 * place).storeBytes(of: eight * factor, as: SIMD8<Float>.self)
    }
  }
}
