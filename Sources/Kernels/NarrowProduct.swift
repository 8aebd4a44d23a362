import KernelTypes

// Products of matrices of narrow numbers, packed beforehand.
//
// Weights are packed once: panels of `panelWidth` outputs, in each for every group of inputs the outputs side by side.
// Activations are packed likewise before each product: tiles of `tileRows` rows, in each for every group of inputs the rows
// side by side. A group of one row is four bytes. A step of the loop takes them in every lane, and multiplies them with a
// panel's two vectors.

/// What the numbers are, and how their products are summed.
protocol NarrowNumbers {
  /// Sums of some outputs, side by side: 32 bits each.
  associatedtype Sums: SIMD
  /// What they stand for.
  associatedtype Values: SIMD where Values.Scalar == Float
  /// Inputs that are multiplied in one step.
  static var group: Int { get }
  /// Bytes of a packed weight.
  static var weightBytes: Int { get }
  /// Adds the products of four bytes of a row with the weights of as many outputs as there are lanes.
  static func add(_ sums: Sums, _ activations: UnsafeRawPointer, _ weights: Sums) -> Sums
  static func weights(_ address: UnsafeRawPointer) -> Sums
  /// What the `sums` of a row, with `scale`, and of the outputs whose scales and sums are given stand for.
  static func values(
    _ sums: Sums, _ scale: Float, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>
  ) -> Values
}

extension NarrowNumbers {
  static var lanes: Int { Sums.scalarCount }
  static var panelWidth: Int { 2 * lanes }
  /// As many rows as have their sums in registers: of 512 bits there are twice as many as of 256.
  static var tileRows: Int { lanes == 16 ? 12 : 6 }
  static var layout: NarrowLayout {
    NarrowLayout(tileRows: tileRows, panelWidth: panelWidth, group: group, weightBytes: weightBytes)
  }
}

/// `y[r, n] +=` the product of row `r` with the weights of output `n`.
///
/// Contract
/// - `codes` and `scales` as packed, from a tile's first row on; `groups` of inputs.
/// - `panels`: from a panel's first output on; `weightScales` and `weightSums` likewise, for whole panels.
/// - `y` `[rows, outputs]` with `stride` floats from row to row.
@inline(__always)
func multiply<Numbers: NarrowNumbers>(
  _: Numbers.Type, _ codes: UnsafeRawPointer, scales: UnsafePointer<Float>, rows: Int, groups: Int,
  panels: UnsafeRawPointer, weightScales: UnsafePointer<Float>, weightSums: UnsafePointer<Int32>,
  outputs: Int, y: UnsafeMutablePointer<Float>, stride: Int
) {
  let tileRows = Numbers.tileRows
  // So many rows that their codes stay in the second-level cache.
  let band = max(2, min(32, 192 << 10 / (4 * groups * tileRows))) * tileRows
  let panelBytes = groups * Numbers.group * Numbers.weightBytes
  for top in Swift.stride(from: 0, to: rows, by: band) {
    let bottom = min(rows, top + band)
    for first in Swift.stride(from: 0, to: outputs, by: Numbers.panelWidth) {
      for row in Swift.stride(from: top, to: bottom, by: tileRows) {
        multiplyTile(
          Numbers.self, codes + 4 * groups * row, scales + row, min(tileRows, bottom - row), groups,
          panels + first * panelBytes, weightScales + first, weightSums + first, y + row * stride + first,
          stride, min(Numbers.panelWidth, outputs - first))
      }
    }
  }
}

/// The sums of one row with a panel.
private struct RowSums<Numbers: NarrowNumbers> {
  var left = Numbers.Sums()
  var right = Numbers.Sums()

  @_transparent
  mutating func add(_ activations: UnsafeRawPointer, _ a: Numbers.Sums, _ b: Numbers.Sums) {
    left = Numbers.add(left, activations, a)
    right = Numbers.add(right, activations, b)
  }

  /// Adds what the sums stand for to the first `columns` of `y`.
  @inline(__always)
  func finish(
    _ scale: Float, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>,
    _ y: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    let half = Numbers.lanes
    let a = Numbers.values(left, scale, weightScales, weightSums)
    let b = Numbers.values(right, scale, weightScales + half, weightSums + half)
    if columns == 2 * half {
      Self.add(a, to: y)
      Self.add(b, to: y + half)
    } else {
      for column in 0..<columns { y[column] += column < half ? a[column] : b[column - half] }
    }
  }

  @inline(__always)
  private static func add(_ values: Numbers.Values, to y: UnsafeMutablePointer<Float>) {
    let memory = UnsafeMutableRawPointer(y)
    memory.storeBytes(of: memory.loadUnaligned(as: Numbers.Values.self) + values, as: Numbers.Values.self)
  }
}

/// At most `tileRows` rows with one panel; all sums are in registers.
@inline(never)
private func multiplyTile<Numbers: NarrowNumbers>(
  _: Numbers.Type, _ codes: UnsafeRawPointer, _ scales: UnsafePointer<Float>, _ rows: Int, _ groups: Int,
  _ panel: UnsafeRawPointer, _ weightScales: UnsafePointer<Float>, _ weightSums: UnsafePointer<Int32>,
  _ y: UnsafeMutablePointer<Float>, _ stride: Int, _ columns: Int
) {
  typealias Row = RowSums<Numbers>
  let stepBytes = Numbers.panelWidth * Numbers.group * Numbers.weightBytes
  let isTall = Numbers.tileRows == 12
  var (s0, s1, s2, s3, s4, s5) = (Row(), Row(), Row(), Row(), Row(), Row())
  var (s6, s7, s8, s9, s10, s11) = (Row(), Row(), Row(), Row(), Row(), Row())
  var (codes, panel) = (codes, panel)
  for _ in 0..<groups {
    let (a, b) = (Numbers.weights(panel), Numbers.weights(panel + stepBytes / 2))
    s0.add(codes, a, b)
    s1.add(codes + 4, a, b)
    s2.add(codes + 8, a, b)
    s3.add(codes + 12, a, b)
    s4.add(codes + 16, a, b)
    s5.add(codes + 20, a, b)
    if isTall {
      s6.add(codes + 24, a, b)
      s7.add(codes + 28, a, b)
      s8.add(codes + 32, a, b)
      s9.add(codes + 36, a, b)
      s10.add(codes + 40, a, b)
      s11.add(codes + 44, a, b)
    }
    codes += 4 * Numbers.tileRows
    panel += stepBytes
  }
  func finish(_ sums: Row, _ row: Int) {
    if row < rows { sums.finish(scales[row], weightScales, weightSums, y + row * stride, columns) }
  }
  finish(s0, 0)
  finish(s1, 1)
  finish(s2, 2)
  finish(s3, 3)
  finish(s4, 4)
  finish(s5, 5)
  if isTall {
    finish(s6, 6)
    finish(s7, 7)
    finish(s8, 8)
    finish(s9, 9)
    finish(s10, 10)
    finish(s11, 11)
  }
}
