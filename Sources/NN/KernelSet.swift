import CProcessor
import Kernels
import KernelsAVX2
import KernelsAVX512

/// The kernels of one instruction set. Contracts stand at each kernel's definition in `Sources/Kernels`.
public struct KernelSet: Sendable, CustomStringConvertible {
  public let name: String
  public var description: String { name }
  package let layerNorm:
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>,
      Int, Int
    ) -> Void
  package let gelu: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  package let geluRows: @Sendable (UnsafeMutablePointer<Float>, Int, Int, Int) -> Void
  package let reluRows: @Sendable (UnsafeMutablePointer<Float>, Int, Int, Int) -> Void
  package let addRow:
    @Sendable (
      UnsafePointer<Float>, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int
    ) -> Void
  package let scaledResidual:
    @Sendable (
      UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, Int
    ) -> Void
  package let multiplyFewRows:
    @Sendable (
      UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>, Int
    ) -> Void
  package let swiGLU: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int) -> Void
  package let relativePositionBiases:
    @Sendable (
      UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, Int, Int
    ) -> Void
  package let softmaxWeights:
    @Sendable (UnsafeMutablePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
  package let softmaxColumns: @Sendable (UnsafeMutablePointer<Float>, Int, Int, Int, Float) -> Void
  package let scaleRows: @Sendable (UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, Int) -> Void
  package let add:
    @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  public let dotProduct: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Float

  /// Code for any processor of this architecture.
  public static let portable = KernelSet(
    name: "portable", layerNorm: Kernels.layerNorm,
    gelu: Kernels.gelu(_:into:count:),
    geluRows: Kernels.geluRows,
    reluRows: Kernels.reluRows,
    addRow: Kernels.addRow,
    scaledResidual: Kernels.scaledResidual,
    multiplyFewRows: Kernels.multiplyFewRows, swiGLU: Kernels.swiGLU,
    relativePositionBiases: Kernels.relativePositionBiases,
    softmaxWeights: Kernels.softmaxWeights,
    softmaxColumns: Kernels.softmaxColumns,
    scaleRows: Kernels.scaleRows,
    add: Kernels.add,
    dotProduct: Kernels.dotProduct)
  /// x86-64 with AVX2 and FMA.
  public static let avx2 = KernelSet(
    name: "AVX2", layerNorm: KernelsAVX2.layerNorm,
    gelu: KernelsAVX2.gelu(_:into:count:),
    geluRows: KernelsAVX2.geluRows,
    reluRows: KernelsAVX2.reluRows,
    addRow: KernelsAVX2.addRow,
    scaledResidual: KernelsAVX2.scaledResidual,
    multiplyFewRows: KernelsAVX2.multiplyFewRows, swiGLU: KernelsAVX2.swiGLU,
    relativePositionBiases: KernelsAVX2.relativePositionBiases,
    softmaxWeights: KernelsAVX2.softmaxWeights,
    softmaxColumns: KernelsAVX2.softmaxColumns,
    scaleRows: KernelsAVX2.scaleRows,
    add: KernelsAVX2.add,
    dotProduct: KernelsAVX2.dotProduct)
  /// x86-64 with AVX-512 (F, BW, CD, DQ, VL).
  public static let avx512 = KernelSet(
    name: "AVX-512", layerNorm: KernelsAVX512.layerNorm,
    gelu: KernelsAVX512.gelu(_:into:count:),
    geluRows: KernelsAVX512.geluRows,
    reluRows: KernelsAVX512.reluRows,
    addRow: KernelsAVX512.addRow,
    scaledResidual: KernelsAVX512.scaledResidual,
    multiplyFewRows: KernelsAVX512.multiplyFewRows, swiGLU: KernelsAVX512.swiGLU,
    relativePositionBiases: KernelsAVX512.relativePositionBiases,
    softmaxWeights: KernelsAVX512.softmaxWeights,
    softmaxColumns: KernelsAVX512.softmaxColumns,
    scaleRows: KernelsAVX512.scaleRows,
    add: KernelsAVX512.add,
    dotProduct: KernelsAVX512.dotProduct)

  /// Those that this processor can run, the best last.
  public static let available: [KernelSet] = {
    switch cryosam_processor_level() {
    case 4: [portable, avx2, avx512]
    case 3: [portable, avx2]
    default: [portable]
    }
  }()

  /// The kernels that the program uses.
  public static let current = available.last ?? portable
}
