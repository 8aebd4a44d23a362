import CIntrinsics

// Whole numbers made of floats, and the sums of their products, for the kernels of narrow numbers.

/// Added to a number of less than 2²², this rounds it to the nearest integer, which is in the low bits then: 1.5 · 2²³.
let rounder: Float = 12_582_912

/// The greatest absolute value of `count` numbers.
@inline(__always)
func greatest(_ x: UnsafePointer<Float>, count: Int) -> Float {
  var largest = SIMD16<Float>.zero
  let whole = count / 16 * 16
  for place in stride(from: 0, to: whole, by: 16) {
    let values = UnsafeRawPointer(x + place).loadUnaligned(as: SIMD16<Float>.self)
    let absolute = unsafeBitCast(
      unsafeBitCast(values, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: SIMD16<Float>.self)
    largest = largest.replacing(with: absolute, where: absolute .> largest)
  }
  var maximum = largest.max()
  for place in whole..<count { maximum = max(maximum, abs(x[place])) }
  return maximum
}

/// `sums` and, in each lane, the products of both halves of `a` with those of `b`, int16 each.
@_transparent
func addPairs(_ sums: SIMD8<Int32>, _ a: SIMD8<Int32>, _ b: SIMD8<Int32>) -> SIMD8<Int32> {
  #if FUSED_MULTIPLY_ADD && arch(x86_64)
    return cryosam_add_products_of_pairs(sums, a, b)
  #else
    let a = unsafeBitCast(a, to: SIMD16<Int16>.self)
    let b = unsafeBitCast(b, to: SIMD16<Int16>.self)
    return sums &+ SIMD8(truncatingIfNeeded: a.evenHalf) &* SIMD8(truncatingIfNeeded: b.evenHalf)
      &+ SIMD8(truncatingIfNeeded: a.oddHalf) &* SIMD8(truncatingIfNeeded: b.oddHalf)
  #endif
}
