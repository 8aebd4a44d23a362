// The vector type of all kernels, and the few operations on it that Swift's SIMD types lack or compile badly.
// This folder is built once per instruction set; see Package.swift.

#if FUSED_MULTIPLY_ADD
  typealias Lanes = SIMD16<Float>
  typealias IntLanes = SIMD16<Int32>
#else
  typealias Lanes = SIMD8<Float>
  typealias IntLanes = SIMD8<Int32>
#endif

let laneCount = Lanes.scalarCount

extension Lanes {
  /// The lanes at `address`, which need not be aligned.
  @inline(__always)
  static func load(_ address: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(address).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  func store(_ address: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(address).storeBytes(of: self, as: Lanes.self)
  }

  /// The first `count` lanes at `address`, the others `filler`; reads nothing past them.
  ///
  /// Not inlined, as `store(_:count:)`: the ends of rows are rare, and their code in every loop would keep the
  /// compiler from inlining what matters.
  @inline(never)
  static func load(_ address: UnsafePointer<Float>, count: Int, filler: Float = 0) -> Lanes {
    var lanes = Lanes(repeating: filler)
    withUnsafeMutableBytes(of: &lanes) { bytes in
      copy(UnsafeRawPointer(address), bytes.baseAddress.unsafelyUnwrapped, count: count)
    }
    return lanes
  }

  /// Writes the first `count` lanes only.
  @inline(never)
  func store(_ address: UnsafeMutablePointer<Float>, count: Int) {
    withUnsafeBytes(of: self) { bytes in
      copy(bytes.baseAddress.unsafelyUnwrapped, UnsafeMutableRawPointer(address), count: count)
    }
  }
}

/// Copies fewer than `laneCount` floats, by powers of two.
@inline(__always)
private func copy(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, count: Int) {
  var place = 0
  if count & 8 != 0 {
    target.storeBytes(of: source.loadUnaligned(as: SIMD8<Float>.self), as: SIMD8<Float>.self)
    place = 32
  }
  if count & 4 != 0 {
    let four = source.loadUnaligned(fromByteOffset: place, as: SIMD4<Float>.self)
    target.storeBytes(of: four, toByteOffset: place, as: SIMD4<Float>.self)
    place += 16
  }
  for offset in stride(from: place, to: 4 * count, by: 4) {
    let one = source.loadUnaligned(fromByteOffset: offset, as: Float.self)
    target.storeBytes(of: one, toByteOffset: offset, as: Float.self)
  }
}

/// `a * b + c`, in one instruction where the processor has it (without one, Swift would call `fmaf` lane by lane).
@inline(__always)
func multiplyAdd(_ a: Lanes, _ b: Lanes, _ c: Lanes) -> Lanes {
  #if FUSED_MULTIPLY_ADD
    return c.addingProduct(a, b)
  #else
    return a * b + c
  #endif
}

@inline(__always)
func minimum(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .< a) }

@inline(__always)
func maximum(_ a: Lanes, _ b: Lanes) -> Lanes { a.replacing(with: b, where: b .> a) }

/// Sum of the lanes, always in the same order.
@inline(__always)
func horizontalSum(_ x: Lanes) -> Float {
  #if FUSED_MULTIPLY_ADD
    let eight = x.lowHalf + x.highHalf
  #else
    let eight = x
  #endif
  let four = eight.lowHalf + eight.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

@inline(__always)
func horizontalMaximum(_ x: Lanes) -> Float {
  var result = x[0]
  for lane in 1..<laneCount { result = x[lane] > result ? x[lane] : result }
  return result
}
