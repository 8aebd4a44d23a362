package typealias Floats = UnsafePointer<Float>
package typealias MutableFloats = UnsafeMutablePointer<Float>

/// The kernels built for one instruction set. Contracts stand at each kernel's definition in `Sources/Kernels`.
package struct KernelSet: Sendable, CustomStringConvertible {
  package typealias LayerNorm =
    @Sendable (
      _ x: Floats, _ gamma: Floats, _ beta: Floats, _ epsilon: Float, _ y: MutableFloats, _ rows: Int,
      _ width: Int
    ) -> Void
  package typealias Map = @Sendable (_ x: Floats, _ y: MutableFloats, _ count: Int) -> Void
  package typealias MapRows = @Sendable (_ y: MutableFloats, _ stride: Int, _ rows: Int, _ width: Int) -> Void
  package typealias Add = @Sendable (_ a: Floats, _ b: Floats, _ y: MutableFloats, _ count: Int) -> Void
  package typealias AddRow =
    @Sendable (
      _ x: Floats, _ stride: Int, _ row: Floats, _ y: MutableFloats, _ targetStride: Int, _ rows: Int,
      _ width: Int
    ) -> Void
  package typealias ScaledResidual =
    @Sendable (
      _ y: MutableFloats, _ stride: Int, _ scale: Floats, _ residual: Floats, _ residualStride: Int,
      _ rows: Int,
      _ width: Int
    ) -> Void
  package typealias ScaleRows =
    @Sendable (
      _ y: MutableFloats, _ stride: Int, _ factors: Floats, _ rows: Int, _ width: Int
    ) -> Void
  package typealias SwiGLU = @Sendable (_ x: Floats, _ y: MutableFloats, _ rows: Int, _ width: Int) -> Void
  package typealias MultiplyFewRows =
    @Sendable (
      _ x: Floats, _ rows: Int, _ inputs: Int, _ weight: Floats, _ outputs: Int, _ y: MutableFloats,
      _ stride: Int
    ) -> Void
  package typealias RelativePositionBiases =
    @Sendable (
      _ biases: MutableFloats, _ rows: Int, _ rowProducts: Floats, _ columnProducts: Floats,
      _ windowRows: Int,
      _ windowColumns: Int, _ queryColumns: Int, _ firstQuery: Int
    ) -> Void
  package typealias SoftmaxWeights =
    @Sendable (
      _ scores: MutableFloats, _ rows: Int, _ keys: Int, _ inverseSums: MutableFloats
    ) -> Void
  package typealias SoftmaxColumns =
    @Sendable (
      _ scores: MutableFloats, _ stride: Int, _ keys: Int, _ columns: Int, _ scale: Float
    ) -> Void
  package typealias DotProduct = @Sendable (_ a: Floats, _ b: Floats, _ count: Int) -> Float

  /// The instruction set's name.
  package let description: String
  package let layerNorm: LayerNorm
  package let gelu: Map
  package let geluRows: MapRows
  package let reluRows: MapRows
  package let swiGLU: SwiGLU
  package let add: Add
  package let addRow: AddRow
  package let scaledResidual: ScaledResidual
  package let scaleRows: ScaleRows
  package let multiplyFewRows: MultiplyFewRows
  package let dotProduct: DotProduct
  package let relativePositionBiases: RelativePositionBiases
  package let softmaxWeights: SoftmaxWeights
  package let softmaxColumns: SoftmaxColumns
  package typealias Quantize =
    @Sendable (
      _ x: MutableFloats, _ count: Int, _ block: Int, _ codes: UnsafeMutablePointer<Int8>
    ) -> Float
  package let quantize: Quantize
  package let int8: NarrowKernels
  package private(set) var bfloat16: NarrowKernels
  package let int16: Int16Kernels

  package init(
    _ name: String, layerNorm: @escaping LayerNorm, gelu: @escaping Map, geluRows: @escaping MapRows,
    reluRows: @escaping MapRows, swiGLU: @escaping SwiGLU, add: @escaping Add, addRow: @escaping AddRow,
    scaledResidual: @escaping ScaledResidual, scaleRows: @escaping ScaleRows,
    multiplyFewRows: @escaping MultiplyFewRows, dotProduct: @escaping DotProduct,
    relativePositionBiases: @escaping RelativePositionBiases, softmaxWeights: @escaping SoftmaxWeights,
    softmaxColumns: @escaping SoftmaxColumns, quantize: @escaping Quantize, int8: NarrowKernels,
    bfloat16: NarrowKernels, int16: Int16Kernels
  ) {
    description = name
    self.layerNorm = layerNorm
    self.gelu = gelu
    self.geluRows = geluRows
    self.reluRows = reluRows
    self.swiGLU = swiGLU
    self.add = add
    self.addRow = addRow
    self.scaledResidual = scaledResidual
    self.scaleRows = scaleRows
    self.multiplyFewRows = multiplyFewRows
    self.dotProduct = dotProduct
    self.relativePositionBiases = relativePositionBiases
    self.softmaxWeights = softmaxWeights
    self.softmaxColumns = softmaxColumns
    self.quantize = quantize
    self.int8 = int8
    self.bfloat16 = bfloat16
    self.int16 = int16
  }

  /// The same kernels with other ones of bfloat16.
  package func with(bfloat16: NarrowKernels) -> KernelSet {
    var set = self
    set.bfloat16 = bfloat16
    return set
  }
}
