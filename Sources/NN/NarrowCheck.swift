import Files
import Platform

extension Precision {
  /// Compares products in this precision with those of the plain kernels; takes microseconds.
  ///
  /// - Throws: `Failure` if this processor computes wrongly with the instructions that were chosen for it.
  package func check() throws {
    guard self != .float32 else { return }
    let (rows, inputs, outputs) = (7, 48, 19)
    func varied(_ count: Int, _ step: Int) -> [Float] {
      (0..<count).map { Float(($0 * step) % 61 - 30) / 16 }
    }
    let x = Tensor([rows, inputs], varied(rows * inputs, 17))
    let w = Tensor([outputs, inputs], varied(outputs * inputs, 23))
    func product(_ set: KernelSet) -> [Float] {
      let weight = NarrowWeight(w, self == .int8 ? set.int8 : set.bfloat16)
      return Tensor.matrix([rows, outputs]) { y in
        withMatrices(x) { x in
          weight.multiply(x, into: y) { block, _, _ in
            for row in 0..<block.rows { block.row(row).update(repeating: 0, count: block.columns) }
          } finish: { _, _, _ in
          }
        }
      }.values
    }
    func attention(_ set: KernelSet) -> [Float] {
      withMatrices(x) { x in Int16Attention(heads: 3, set.int16)(x, x, x).values }
    }
    let isExact = self == .int8
    let (plain, chosen) = (product(KernelSet.available[0]), product(.current))
    // The exponentials of softmax differ by a bit.
    let seen =
      isExact ? zip(attention(KernelSet.available[0]), attention(.current)).map { abs($0 - $1) }.max() : nil
    // Sums of int8 are exact; those of bfloat16 are of about 30 each.
    let allowed: Float = isExact ? 0 : 1e-3
    guard zip(plain, chosen).allSatisfy({ abs($0 - $1) <= allowed }), seen ?? 0 <= 1e-3 else {
      throw Failure(
        .internalError, "this processor computes wrongly with \(KernelSet.current) in \(rawValue)",
        remedy: "use --precision float32, and report this line with the processor's name")
    }
  }

  /// What to know of this precision on this processor, if anything.
  public var remark: String? {
    guard self == .bfloat16, !KernelSet.hasBFloat16Products else { return nil }
    return "this processor has no bfloat16 products: bfloat16 saves memory here, not time"
  }
}
