import CIntrinsics
import KernelTypes

// Products of bfloat16 matrices with sums in float32. A row's sums are made in the order of its inputs, whatever the block.

enum BFloat16Numbers: NarrowNumbers {
  #if DOT_PRODUCTS && WIDE
    typealias Sums = SIMD16<Float>
  #else
    typealias Sums = SIMD8<Float>
  #endif
  typealias Values = Sums

  static var group: Int { 2 }
  static var weightBytes: Int { 2 }

  @_transparent
  static func add(_ sums: Sums, _ activations: UnsafeRawPointer, _ weights: Sums) -> Sums {
    let two = activations.loadUnaligned(as: UInt32.self)
    #if DOT_PRODUCTS && WIDE
      return cryosam_add_bfloat16_products(
        sums, SIMD16<Int32>(repeating: Int32(bitPattern: two)), unsafeBitCast(weights, to: SIMD16<Int32>.self)
      )
    #else
      let bits = unsafeBitCast(weights, to: SIMD8<UInt32>.self)
      let first = unsafeBitCast(bits &<< 16, to: Sums.self)
      let second = unsafeBitCast(bits & 0xFFFF_0000, to: Sums.self)
      let half = multiplyAdd(sums, Sums(repeating: Float(bitPattern: two << 16)), first)
      return multiplyAdd(half, Sums(repeating: Float(bitPattern: two & 0xFFFF_0000)), second)
    #endif
  }

  @_transparent
  private static func multiplyAdd(_ sums: SIMD8<Float>, _ a: SIMD8<Float>, _ b: SIMD8<Float>) -> SIMD8<Float>
  {
    #if FUSED_MULTIPLY_ADD
      return sums.addingProduct(a, b)
    #else
      return sums + a * b
    #endif
  }

  @_transparent
  static func weights(_ address: UnsafeRawPointer) -> Sums { address.loadUnaligned(as: Sums.self) }

  @_transparent
  static func values(
    _ sums: Sums, _ scale: Float, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>
  ) -> Values { sums }
}

/// Rounds `value` to the nearest bfloat16, of two equally near ones to the even one.
@_transparent
private func bfloat16(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
}

/// Packs rows of activations; the contract is that of `packInt8Rows`, without scales.
func packBFloat16Rows(
  _ x: UnsafePointer<Float>, stride: Int, rows: Int, inputs: Int, block: Int,
  codes: UnsafeMutableRawPointer, scales: UnsafeMutablePointer<Float>
) {
  let tileRows = BFloat16Numbers.tileRows
  let groups = (inputs + 1) / 2
  let target = codes.assumingMemoryBound(to: UInt16.self)
  for index in 0..<(rows + tileRows - 1) / tileRows * tileRows {
    let line = target + (index / tileRows * groups * tileRows + index % tileRows) * 2
    let row = x + min(index, rows - 1) * stride
    for input in 0..<inputs { line[input / 2 * tileRows * 2 + input % 2] = bfloat16(row[input]) }
    if inputs % 2 == 1 { line[inputs / 2 * tileRows * 2 + 1] = 0 }
  }
}

/// Packs the weights of at most a panel's outputs; the contract is that of `packInt8Panel`, without scales and sums.
func packBFloat16Panel(
  _ weight: UnsafePointer<Float>, outputs: Int, inputs: Int, block: Int, panel: UnsafeMutableRawPointer,
  scales: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Int32>
) {
  let target = panel.assumingMemoryBound(to: UInt16.self)
  for output in 0..<outputs {
    for input in 0..<inputs {
      target[(input / 2 * BFloat16Numbers.panelWidth + output) * 2 + input % 2] = bfloat16(
        weight[output * inputs + input])
    }
  }
}

func multiplyBFloat16(
  _ codes: UnsafeRawPointer, scales: UnsafePointer<Float>, rows: Int, groups: Int,
  panels: UnsafeRawPointer, weightScales: UnsafePointer<Float>, weightSums: UnsafePointer<Int32>,
  outputs: Int, y: UnsafeMutablePointer<Float>, stride: Int
) {
  multiply(
    BFloat16Numbers.self, codes, scales: scales, rows: rows, groups: groups, panels: panels,
    weightScales: weightScales, weightSums: weightSums, outputs: outputs, y: y, stride: stride)
}
