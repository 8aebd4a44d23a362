import Parallel

/// The weight of a linear layer in bfloat16 or int8, packed for the kernels of this processor.
///
/// Of int8 weights are quantised by output and activations by row, both symmetrically and after the same rotation of the
/// inputs by Hadamard matrices, block by block: products do not change by it, and what stands out in a channel is spread
/// over its block. Sums are exact, so that every block, thread and processor gives the same bytes. Of bfloat16 both are
/// rounded, and the sums, in float32, are made in the order of the inputs.
package struct NarrowWeight: Sendable {
  package let inputs: Int
  package let outputs: Int
  private let kernels: NarrowKernels
  /// Codes as the kernels want them, `[panels, groups, panel's outputs, group]`.
  private let panels: Memory
  /// Of each output, for whole panels: what a code stands for, and the part of the sums that is not a product.
  private let scales: [Float]
  private let sums: [Int32]

  private var groups: Int { (inputs + kernels.layout.group - 1) / kernels.layout.group }
  private static func panelBytes(_ layout: NarrowLayout, inputs: Int) -> Int {
    (inputs + layout.group - 1) / layout.group * layout.group * layout.panelWidth * layout.weightBytes
  }

  /// The greatest block of inputs that is rotated.
  private static let largestBlock = 1024

  /// The block of inputs that is rotated: the greatest power of two that divides their number.
  package static func block(inputs: Int) -> Int { min(largestBlock, inputs & -inputs) }

  /// Packs `weight` `[O, I]`.
  package init(_ weight: Tensor, _ kernels: NarrowKernels) {
    (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let (outputs, inputs, width) = (outputs, inputs, kernels.layout.panelWidth)
    let bytes = Self.panelBytes(kernels.layout, inputs: inputs)
    let count = (outputs + width - 1) / width
    let panels = Memory(count * bytes)
    var scales = [Float](repeating: 0, count: count * width)
    var sums = [Int32](repeating: 0, count: count * width)
    scales.withDisjointWrites { scales in
      sums.withDisjointWrites { sums in
        withBase(weight) { weight in
          Parallel.forEach(count) { panel in
            let own = panel * width..<(panel + 1) * width
            guard let scales = scales[own].baseAddress, let sums = sums[own].baseAddress else { return }
            kernels.packPanel(
              weight + own.lowerBound * inputs, min(width, outputs - own.lowerBound), inputs,
              Self.block(inputs: inputs), panels.base + panel * bytes, scales, sums)
          }
        }
      }
    }
    (self.kernels, self.panels, self.scales, self.sums) = (kernels, panels, scales, sums)
  }

  /// `y = start + x Wᵀ`, block by block.
  ///
  /// - Parameter wanted: how many rows are; those after them are undefined. Nil for all.
  /// - Parameter start: writes what a block, its rows and columns, is added to.
  /// - Parameter finish: is called with each block when it is done.
  package func multiply(
    _ x: MatrixView, into y: MutableMatrixView, wanted: Int? = nil,
    start: (MutableMatrixView, Range<Int>, Range<Int>) -> Void,
    finish: (MutableMatrixView, Range<Int>, Range<Int>) -> Void
  ) {
    let (unit, rowBytes) = (Self.unit, 4 * groups)
    let wanted = wanted ?? x.rows
    let units = (wanted + unit - 1) / unit
    withScratch(units * unit * (groups + 1)) { scratch in
      let rowScales = scratch
      let codes = UnsafeMutableRawPointer(scratch + units * unit)
      Parallel.forEachRange(wanted, size: unit) { rows in
        let part = x[rows: rows]
        kernels.packRows(
          part.base, part.stride, part.rows, inputs, Self.block(inputs: inputs),
          codes + rows.lowerBound * rowBytes, rowScales + rows.lowerBound)
      }
      let grid = BlockGrid(
        rows: wanted, columns: outputs, rowLimit: Self.rowLimit, columnLimit: Self.columnLimit, unit: unit)
      let outputBytes = Self.panelBytes(kernels.layout, inputs: inputs) / kernels.layout.panelWidth
      Parallel.forEach(grid.count) { index in
        let (rows, columns) = grid[index]
        guard !rows.isEmpty, !columns.isEmpty else { return }
        let block = y[rows: rows][columns: columns]
        start(block, rows, columns)
        scales.withUnsafeBufferPointer { scales in
          sums.withUnsafeBufferPointer { sums in
            guard let scales = scales.baseAddress, let sums = sums.baseAddress else { return }
            kernels.multiply(
              codes + rows.lowerBound * rowBytes, rowScales + rows.lowerBound, rows.count, groups,
              panels.base + columns.lowerBound * outputBytes, scales + columns.lowerBound,
              sums + columns.lowerBound, columns.count, block.base, block.stride)
          }
        }
        finish(block, rows, columns)
      }
    }
  }

  /// Blocks start at multiples of whole tiles and panels of every kernel set.
  private static let unit = 96
  /// A block of the result, and the codes of its rows, are small enough for the second-level cache.
  private static let (rowLimit, columnLimit) = (96, 288)

  /// Memory of codes, all 0.
  ///
  /// `@unchecked Sendable`: written only by the initialiser of `NarrowWeight`, before it is shared.
  private final class Memory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer

    init(_ count: Int) {
      base = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 64)
      base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    deinit { base.deallocate() }
  }
}
