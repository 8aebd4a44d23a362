import CIntrinsics
import KernelTypes

// Products of int8 matrices with exact sums in int32: the same bytes for every order, block and processor.

#if DOT_PRODUCTS
  /// Four inputs in a lane: unsigned activations, `offset` more than they are, times signed weights.
  private typealias Activation = UInt8
  private let offset: Int32 = 128
#else
  /// Two inputs in a lane, of int16.
  private typealias Activation = Int16
  private let offset: Int32 = 0
#endif

enum Int8Numbers: NarrowNumbers {
  #if DOT_PRODUCTS && WIDE
    typealias Sums = SIMD16<Int32>
    typealias Values = SIMD16<Float>
  #else
    typealias Sums = SIMD8<Int32>
    typealias Values = SIMD8<Float>
  #endif

  static var group: Int { 4 / MemoryLayout<Activation>.size }
  static var weightBytes: Int { 1 }

  @_transparent
  static func add(_ sums: Sums, _ activations: UnsafeRawPointer, _ weights: Sums) -> Sums {
    let four = Sums(repeating: activations.loadUnaligned(as: Int32.self))
    #if DOT_PRODUCTS
      return cryosam_add_products_of_fours(sums, four, weights)
    #else
      return addPairs(sums, four, weights)
    #endif
  }

  @_transparent
  static func weights(_ address: UnsafeRawPointer) -> Sums {
    #if DOT_PRODUCTS
      return address.loadUnaligned(as: Sums.self)
    #elseif FUSED_MULTIPLY_ADD && arch(x86_64)
      return cryosam_widened(address)
    #else
      return unsafeBitCast(
        SIMD16<Int16>(truncatingIfNeeded: address.loadUnaligned(as: SIMD16<Int8>.self)), to: Sums.self)
    #endif
  }

  /// `scale · weightScale · (sum - weightSum)`, in that order on every processor.
  @_transparent
  static func values(
    _ sums: Sums, _ scale: Float, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>
  ) -> Values {
    let products = sums &- UnsafeRawPointer(weightSums).loadUnaligned(as: Sums.self)
    let scales = UnsafeRawPointer(weightScales).loadUnaligned(as: Values.self)
    return Values(products) * (scale * scales)
  }
}

/// Quantises rows of activations (`quantize`) and packs them.
///
/// Contract
/// - `x` `[rows, inputs]` with `stride` floats from row to row; `rows` is positive.
/// - `codes` and `scales` have room for whole tiles.
func packInt8Rows(
  _ x: UnsafePointer<Float>, stride: Int, rows: Int, inputs: Int, block: Int,
  codes: UnsafeMutableRawPointer, scales: UnsafeMutablePointer<Float>
) {
  let (group, tileRows) = (Int8Numbers.group, Int8Numbers.tileRows)
  let groups = (inputs + group - 1) / group
  // Four bytes of a row in a word.
  let target = codes.assumingMemoryBound(to: UInt32.self)
  withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs) { row in
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: groups * group) { signed in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: groups) { words in
        let (row, signed) = (row.baseAddress.unsafelyUnwrapped, signed.baseAddress.unsafelyUnwrapped)
        let words = words.baseAddress.unsafelyUnwrapped
        signed.update(repeating: 0, count: groups * group)
        for index in 0..<(rows + tileRows - 1) / tileRows * tileRows {
          if index < rows {
            row.update(from: x + index * stride, count: inputs)
            scales[index] = quantize(row, count: inputs, block: block, codes: signed)
          } else {
            scales[index] = 0
          }
          words.withMemoryRebound(to: Activation.self, capacity: groups * group) { activations in
            for input in 0..<groups * group {
              activations[input] = Activation(truncatingIfNeeded: Int32(signed[input]) &+ offset)
            }
          }
          let line = target + index / tileRows * groups * tileRows + index % tileRows
          for place in 0..<groups { line[place * tileRows] = words[place] }
        }
      }
    }
  }
}

/// Quantises the weights of at most a panel's outputs (`quantize`) and packs them.
///
/// Contract
/// - `weight` `[outputs, inputs]`, contiguous.
/// - `panel` holds zeros for all outputs and whole groups; `scales` and `sums` have room for `outputs`. The sums are those
///   of each output's codes, as often as activations are greater by.
func packInt8Panel(
  _ weight: UnsafePointer<Float>, outputs: Int, inputs: Int, block: Int, panel: UnsafeMutableRawPointer,
  scales: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Int32>
) {
  let (group, width) = (Int8Numbers.group, Int8Numbers.panelWidth)
  let target = panel.assumingMemoryBound(to: Int8.self)
  withUnsafeTemporaryAllocation(of: Float.self, capacity: inputs) { row in
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: inputs) { codes in
      let (row, codes) = (row.baseAddress.unsafelyUnwrapped, codes.baseAddress.unsafelyUnwrapped)
      for output in 0..<outputs {
        row.update(from: weight + output * inputs, count: inputs)
        scales[output] = quantize(row, count: inputs, block: block, codes: codes)
        var sum: Int32 = 0
        for input in 0..<inputs {
          target[(input / group * width + output) * group + input % group] = codes[input]
          sum &+= Int32(codes[input])
        }
        sums[output] = sum &* offset
      }
    }
  }
}

func multiplyInt8(
  _ codes: UnsafeRawPointer, scales: UnsafePointer<Float>, rows: Int, groups: Int,
  panels: UnsafeRawPointer, weightScales: UnsafePointer<Float>, weightSums: UnsafePointer<Int32>,
  outputs: Int, y: UnsafeMutablePointer<Float>, stride: Int
) {
  multiply(
    Int8Numbers.self, codes, scales: scales, rows: rows, groups: groups, panels: panels,
    weightScales: weightScales, weightSums: weightSums, outputs: outputs, y: y, stride: stride)
}
