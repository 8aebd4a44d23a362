/// Rounds a vector to `scale` times whole numbers from -127 to 127, after a rotation (`rotate`), and returns the scale:
/// the greatest absolute value over 127.
///
/// Contract
/// - `x` `[count]`; it is overwritten.
/// - `block`: of the rotation; below 8 there is none, and else `count` is a multiple of it.
/// - `codes` `[count]` receives the numbers.
func quantize(
  _ x: UnsafeMutablePointer<Float>, count: Int, block: Int, codes: UnsafeMutablePointer<Int8>
) -> Float {
  if block >= 8 { rotate(x, count: count, block: block) }
  let memory = UnsafeMutableRawPointer(x)
  let whole = count / 8 * 8
  var largest = SIMD8<Float>.zero
  for place in stride(from: 0, to: whole, by: 8) {
    let eight = (memory + 4 * place).loadUnaligned(as: SIMD8<Float>.self)
    let absolute = unsafeBitCast(
      unsafeBitCast(eight, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: SIMD8<Float>.self)
    largest = largest.replacing(with: absolute, where: absolute .> largest)
  }
  var maximum = largest.max()
  for place in whole..<count { maximum = max(maximum, abs(x[place])) }
  guard maximum > 0 else {
    codes.update(repeating: 0, count: count)
    return 0
  }
  let inverse = 127 / maximum
  // Adding 1.5 · 2²³ rounds to the nearest integer and leaves it in the low bits.
  let shifter = Float(12_582_912)
  for place in stride(from: 0, to: whole, by: 8) {
    let eight = (memory + 4 * place).loadUnaligned(as: SIMD8<Float>.self)
    let bits = unsafeBitCast(eight * inverse + shifter, to: SIMD8<UInt32>.self)
    UnsafeMutableRawPointer(codes + place).storeBytes(
      of: SIMD8<Int8>(truncatingIfNeeded: bits), as: SIMD8<Int8>.self)
  }
  for place in whole..<count {
    codes[place] = Int8(truncatingIfNeeded: (x[place] * inverse + shifter).bitPattern)
  }
  return maximum / 127
}
