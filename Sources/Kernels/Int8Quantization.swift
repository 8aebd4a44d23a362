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
  let maximum = greatest(x, count: count)
  guard maximum > 0 else {
    codes.update(repeating: 0, count: count)
    return 0
  }
  let inverse = 127 / maximum
  let whole = count / 8 * 8
  for place in stride(from: 0, to: whole, by: 8) {
    let eight = UnsafeRawPointer(x + place).loadUnaligned(as: SIMD8<Float>.self)
    let bits = unsafeBitCast(eight * inverse + rounder, to: SIMD8<UInt32>.self)
    UnsafeMutableRawPointer(codes + place).storeBytes(
      of: SIMD8<Int8>(truncatingIfNeeded: bits), as: SIMD8<Int8>.self)
  }
  for place in whole..<count {
    codes[place] = Int8(truncatingIfNeeded: (x[place] * inverse + rounder).bitPattern)
  }
  return maximum / 127
}
