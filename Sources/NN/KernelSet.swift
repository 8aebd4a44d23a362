import CProcessor
@_exported import KernelTypes
import Kernels
import KernelsAVX2
import KernelsAVX512

extension KernelSet {
  /// The sets that this processor can run, the best last.
  ///
  /// A set is made only where its instructions are known to exist: the function that makes it is built with them.
  package static let available: [KernelSet] = {
    let level = cryosam_processor_level()
    var sets = [Kernels.kernelSet("portable")]
    if level >= 3 { sets.append(KernelsAVX2.kernelSet("AVX2")) }
    if level >= 4 { sets.append(KernelsAVX512.kernelSet("AVX-512")) }
    return sets
  }()

  /// The kernels that the program uses.
  package static let current = available[available.count - 1]
}
