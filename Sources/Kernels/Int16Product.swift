import CIntrinsics
import KernelTypes

// Products of matrices of int16, for attention: both sides are packed anew for every product. Sums are exact in int32 if
// the codes are small enough: that is for the caller to see to (`limit`).

enum Int16Numbers: NarrowNumbers {
  #if DOT_PRODUCTS && WIDE
    typealias Sums = SIMD16<Int32>
    typealias Values = SIMD16<Float>
  #else
    typealias Sums = SIMD8<Int32>
    typealias Values = SIMD8<Float>
  #endif

  static var group: Int { 2 }
  static var weightBytes: Int { 2 }

  @_transparent
  static func add(_ sums: Sums, _ activations: UnsafeRawPointer, _ weights: Sums) -> Sums {
    let two = Sums(repeating: activations.loadUnaligned(as: Int32.self))
    #if DOT_PRODUCTS && WIDE
      return cryosam_add_products_of_wide_pairs(sums, two, weights)
    #else
      return addPairs(sums, two, weights)
    #endif
  }

  @_transparent
  static func weights(_ address: UnsafeRawPointer) -> Sums { address.loadUnaligned(as: Sums.self) }

  /// `scale · weightScale · sum`; there are no sums of weights.
  @_transparent
  static func values(
    _ sums: Sums, _ scale: Float, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>
  ) -> Values {
    Values(sums) * (scale * UnsafeRawPointer(weightScales).loadUnaligned(as: Values.self))
  }
}

/// `count` numbers times `factor`, rounded, in the low 16 bits; what is left of the last 16 is 0.
@inline(__always)
private func round16(
  _ x: UnsafePointer<Float>, count: Int, factor: Float, into codes: UnsafeMutablePointer<Int16>
) {
  let whole = count / 16 * 16
  for place in stride(from: 0, to: whole, by: 16) {
    let values = UnsafeRawPointer(x + place).loadUnaligned(as: SIMD16<Float>.self)
    let bits = unsafeBitCast(values * factor + rounder, to: SIMD16<UInt32>.self)
    UnsafeMutableRawPointer(codes + place).storeBytes(
      of: SIMD16<Int16>(truncatingIfNeeded: bits), as: SIMD16<Int16>.self)
  }
  for place in whole..<count {
    codes[place] = Int16(truncatingIfNeeded: (x[place] * factor + rounder).bitPattern)
  }
}

/// Rounds each row to whole numbers up to `limit`, and packs them in tiles of `tile` rows: as activations if that is
/// `tileRows`, as weights if it is `panelWidth`.
///
/// Contract
/// - `x` `[rows, inputs]` with `stride` floats from row to row; `rows` is positive, `limit` below 32768.
/// - `codes` and `scales` have room for whole tiles, codes for whole groups; both are written whole.
func packInt16Rows(
  _ x: UnsafePointer<Float>, stride: Int, rows: Int, inputs: Int, limit: Float, tile: Int,
  codes: UnsafeMutableRawPointer, scales: UnsafeMutablePointer<Float>
) {
  pack(rows: rows, inputs: inputs, tile: tile, codes) { row, line in
    let maximum = greatest(x + row * stride, count: inputs)
    scales[row] = maximum / limit
    round16(x + row * stride, count: inputs, factor: maximum > 0 ? limit / maximum : 0, into: line)
  }
  for row in rows..<(rows + tile - 1) / tile * tile { scales[row] = 0 }
}

/// Rounds unnormalised softmax weights, 0 to 1, to whole numbers, and packs them as activations: up to 32767, but no row
/// sums to more than `total` and half its length.
///
/// Contract
/// - `x` `[rows, keys]`, contiguous; `inverseSums` `[rows]`, 1 / (the sum of each row).
/// - `codes` and `scales` as for `packInt16Rows`; the scales make normalised weights of the codes.
func packSoftmaxWeights(
  _ x: UnsafePointer<Float>, rows: Int, keys: Int, inverseSums: UnsafePointer<Float>, total: Float,
  codes: UnsafeMutableRawPointer, scales: UnsafeMutablePointer<Float>
) {
  pack(rows: rows, inputs: keys, tile: Int16Numbers.tileRows, codes) { row, line in
    let factor = min(32767, total * inverseSums[row])
    scales[row] = inverseSums[row] / factor
    round16(x + row * keys, count: keys, factor: factor, into: line)
  }
  let tile = Int16Numbers.tileRows
  for row in rows..<(rows + tile - 1) / tile * tile { scales[row] = 0 }
}

/// Packs rows that `write` rounds, pairs of inputs of the rows of a tile side by side; rows that are missing are 0.
@inline(__always)
private func pack(
  rows: Int, inputs: Int, tile: Int, _ codes: UnsafeMutableRawPointer,
  _ write: (_ row: Int, _ line: UnsafeMutablePointer<Int16>) -> Void
) {
  let groups = (inputs + 1) / 2
  let target = codes.assumingMemoryBound(to: UInt32.self)
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: groups) { words in
    let words = words.baseAddress.unsafelyUnwrapped
    words.update(repeating: 0, count: groups)
    for row in 0..<(rows + tile - 1) / tile * tile {
      if row < rows {
        words.withMemoryRebound(to: Int16.self, capacity: 2 * groups) { write(row, $0) }
      } else if row == rows {
        words.update(repeating: 0, count: groups)
      }
      let line = target + row / tile * groups * tile + row % tile
      for place in 0..<groups { line[place * tile] = words[place] }
    }
  }
}

/// Rounds each column to whole numbers up to `limit`, and packs columns as the weights of outputs, rows as inputs.
///
/// Contract
/// - `x` `[rows, columns]` with `stride` floats from row to row.
/// - `panels` and `scales` have room for whole panels, panels for whole groups; both are written whole.
func packInt16Columns(
  _ x: UnsafePointer<Float>, stride: Int, rows: Int, columns: Int, limit: Float,
  panels: UnsafeMutableRawPointer, scales: UnsafeMutablePointer<Float>
) {
  let (width, groups) = (Int16Numbers.panelWidth, (rows + 1) / 2)
  let count = (columns + width - 1) / width
  let target = panels.assumingMemoryBound(to: Int16.self)
  scales.update(repeating: 0, count: count * width)
  for row in 0..<rows {
    for column in 0..<columns { scales[column] = max(scales[column], abs(x[row * stride + column])) }
  }
  withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { factors in
    let factors = factors.baseAddress.unsafelyUnwrapped
    for column in 0..<columns {
      factors[column] = scales[column] > 0 ? limit / scales[column] : 0
      scales[column] /= limit
    }
    target.update(repeating: 0, count: count * groups * width * 2)
    for row in 0..<rows {
      for first in Swift.stride(from: 0, to: columns, by: width) {
        let line = target + (first * groups + row / 2 * width) * 2 + row % 2
        for column in first..<min(columns, first + width) {
          line[2 * (column - first)] = Int16(
            truncatingIfNeeded: (x[row * stride + column] * factors[column] + rounder).bitPattern)
        }
      }
    }
  }
}

func multiplyInt16(
  _ codes: UnsafeRawPointer, scales: UnsafePointer<Float>, rows: Int, groups: Int,
  panels: UnsafeRawPointer, weightScales: UnsafePointer<Float>, weightSums: UnsafePointer<Int32>,
  outputs: Int, y: UnsafeMutablePointer<Float>, stride: Int
) {
  multiply(
    Int16Numbers.self, codes, scales: scales, rows: rows, groups: groups, panels: panels,
    weightScales: weightScales, weightSums: weightSums, outputs: outputs, y: y, stride: stride)
}
