import KernelTypes

/// The kernels as this target is built. Code of the other targets must not be entered on a processor without their
/// instructions, and neither must this function.
package func kernelSet(_ name: String) -> KernelSet {
  KernelSet(
    name, layerNorm: layerNorm, gelu: gelu(_:into:count:), geluRows: geluRows, reluRows: reluRows,
    swiGLU: swiGLU,
    add: add, addRow: addRow, scaledResidual: scaledResidual, scaleRows: scaleRows,
    multiplyFewRows: multiplyFewRows, dotProduct: dotProduct, relativePositionBiases: relativePositionBiases,
    softmaxWeights: softmaxWeights, softmaxColumns: softmaxColumns,
    quantize: quantize,
    int8: NarrowKernels(
      Int8Numbers.layout, packRows: packInt8Rows, packPanel: packInt8Panel, multiply: multiplyInt8),
    bfloat16: NarrowKernels(
      BFloat16Numbers.layout, packRows: packBFloat16Rows, packPanel: packBFloat16Panel,
      multiply: multiplyBFloat16),
    int16: Int16Kernels(
      Int16Numbers.layout, packRows: packInt16Rows, packSoftmaxWeights: packSoftmaxWeights,
      packColumns: packInt16Columns, multiply: multiplyInt16))
}
