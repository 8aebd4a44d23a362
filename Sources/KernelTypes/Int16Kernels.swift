/// The kernels of attention's products in int16. Contracts stand at each kernel's definition.
package struct Int16Kernels: Sendable {
  package typealias PackRows =
    @Sendable (
      _ x: Floats, _ stride: Int, _ rows: Int, _ inputs: Int, _ limit: Float, _ tile: Int,
      _ codes: UnsafeMutableRawPointer, _ scales: MutableFloats
    ) -> Void
  package typealias PackSoftmaxWeights =
    @Sendable (
      _ x: Floats, _ rows: Int, _ keys: Int, _ inverseSums: Floats, _ total: Float,
      _ codes: UnsafeMutableRawPointer, _ scales: MutableFloats
    ) -> Void
  package typealias PackColumns =
    @Sendable (
      _ x: Floats, _ stride: Int, _ rows: Int, _ columns: Int, _ limit: Float,
      _ panels: UnsafeMutableRawPointer, _ scales: MutableFloats
    ) -> Void

  package let layout: NarrowLayout
  package let packRows: PackRows
  package let packSoftmaxWeights: PackSoftmaxWeights
  package let packColumns: PackColumns
  package let multiply: NarrowKernels.Multiply

  package init(
    _ layout: NarrowLayout, packRows: @escaping PackRows,
    packSoftmaxWeights: @escaping PackSoftmaxWeights, packColumns: @escaping PackColumns,
    multiply: @escaping NarrowKernels.Multiply
  ) {
    self.layout = layout
    self.packRows = packRows
    self.packSoftmaxWeights = packSoftmaxWeights
    self.packColumns = packColumns
    self.multiply = multiply
  }
}
