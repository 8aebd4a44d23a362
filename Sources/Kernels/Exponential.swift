/// `exp(x)` of each lane, relative error below 1e-7; arguments below -87 give about 1e-38, above 88 are clamped.
///
/// exp(x) = 2ⁿ exp(r) with n = round(x / ln 2); on |r| <= ln 2 / 2, exp(r) ≈ 1 + r + r² P(r) with P of degree 4
/// (our own weighted least-squares fit, relative error 3e-9).
// `@inline(__always)` is not obeyed here; measured: the calls cost a third of softmax.
@_transparent
func exponential(_ x: Lanes) -> Lanes {
  let clamped = minimum(maximum(x, Lanes(repeating: -87)), Lanes(repeating: 88))
  let shifter = Lanes(repeating: rounder)
  let shifted = multiplyAdd(clamped, Lanes(repeating: 1.442_695_04), shifter)
  let n = shifted - shifter
  var r = multiplyAdd(n, Lanes(repeating: -0.693_145_752), clamped)
  r = multiplyAdd(n, Lanes(repeating: -1.428_606_82e-6), r)
  var p = Lanes(repeating: 0.001_381_459_7)
  p = multiplyAdd(p, r, Lanes(repeating: 0.008_368_717))
  p = multiplyAdd(p, r, Lanes(repeating: 0.041_668_388))
  p = multiplyAdd(p, r, Lanes(repeating: 0.166_665_21))
  p = multiplyAdd(p, r, Lanes(repeating: 0.499_999_93))
  let fraction = multiplyAdd(r * r, p, r) + Lanes(repeating: 1)
  let exponent =
    (unsafeBitCast(shifted, to: IntLanes.self) &- IntLanes(repeating: 0x4B40_0000) &+ IntLanes(repeating: 127))
    &<< 23
  return fraction * unsafeBitCast(exponent, to: Lanes.self)
}
