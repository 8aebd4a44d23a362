/// How weights and activations are packed for a kernel set's products of narrow numbers.
package struct NarrowLayout: Sendable, Equatable {
  /// Rows of activations whose sums are held together.
  package let tileRows: Int
  /// Outputs whose weights are packed together.
  package let panelWidth: Int
  /// Inputs that are multiplied in one step: four bytes of a row.
  package let group: Int
  /// Bytes of a packed weight.
  package let weightBytes: Int

  package init(tileRows: Int, panelWidth: Int, group: Int, weightBytes: Int) {
    (self.tileRows, self.panelWidth) = (tileRows, panelWidth)
    (self.group, self.weightBytes) = (group, weightBytes)
  }
}

/// The kernels of products of narrow numbers of one kind. Contracts stand at each kernel's definition.
package struct NarrowKernels: Sendable {
  package typealias PackRows =
    @Sendable (
      _ x: Floats, _ stride: Int, _ rows: Int, _ inputs: Int, _ block: Int, _ codes: UnsafeMutableRawPointer,
      _ scales: MutableFloats
    ) -> Void
  package typealias PackPanel =
    @Sendable (
      _ weight: Floats, _ outputs: Int, _ inputs: Int, _ block: Int, _ panel: UnsafeMutableRawPointer,
      _ scales: MutableFloats, _ sums: UnsafeMutablePointer<Int32>
    ) -> Void
  package typealias Multiply =
    @Sendable (
      _ codes: UnsafeRawPointer, _ scales: Floats, _ rows: Int, _ groups: Int, _ panels: UnsafeRawPointer,
      _ weightScales: Floats, _ weightSums: UnsafePointer<Int32>, _ outputs: Int, _ y: MutableFloats,
      _ stride: Int
    ) -> Void

  package let layout: NarrowLayout
  package let packRows: PackRows
  package let packPanel: PackPanel
  package let multiply: Multiply

  package init(
    _ layout: NarrowLayout, packRows: @escaping PackRows, packPanel: @escaping PackPanel,
    multiply: @escaping Multiply
  ) {
    self.layout = layout
    self.packRows = packRows
    self.packPanel = packPanel
    self.multiply = multiply
  }
}
