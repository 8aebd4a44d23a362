import CProcessor
@_exported import KernelTypes
import Kernels
import KernelsAVX2
import KernelsAVX512
import KernelsAVXVNNI
import KernelsVNNI

extension KernelSet {
  /// The sets that this processor can run, the best last.
  ///
  /// A set is made only where its instructions are known to exist: the function that makes it is built with them.
  package static let available: [KernelSet] = {
    let level = cryosam_processor_level()
    var sets = [Kernels.kernelSet("portable")]
    if level >= 3 { sets.append(KernelsAVX2.kernelSet("AVX2")) }
    if level >= 3, cryosam_has_avx_vnni() { sets.append(KernelsAVXVNNI.kernelSet("AVX-VNNI")) }
    if level >= 4 { sets.append(KernelsAVX512.kernelSet("AVX-512")) }
    if level >= 4, cryosam_has_avx512_vnni() {
      let narrow = KernelsVNNI.kernelSet("AVX-512 VNNI")
      // One processor generation has the products of eight bits without those of bfloat16.
      sets.append(hasBFloat16Products ? narrow : narrow.with(bfloat16: sets[sets.count - 1].bfloat16))
    }
    return sets
  }()

  /// Whether the processor has products of bfloat16.
  package static let hasBFloat16Products = cryosam_processor_level() >= 4 && cryosam_has_avx512_bf16()

  /// The kernels that the program uses.
  package static let current = available[available.count - 1]
}
