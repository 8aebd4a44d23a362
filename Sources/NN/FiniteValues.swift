import Files
import Parallel

extension UnsafeBufferPointer<Float> {
  /// The place of the first element that is NaN or infinite. Looks at all at the speed of memory.
  package var firstNonFinite: Int? {
    // Only an exponent of all ones carries into the sign's bit, and the bits of 16 elements are gathered at a time.
    let (exponent, one) = (SIMD16<UInt32>(repeating: 0x7F80_0000), SIMD16<UInt32>(repeating: 0x0080_0000))
    let bytes = UnsafeRawBufferPointer(self)
    let whole = count / 16 * 16
    var gathered = SIMD16<UInt32>.zero
    for place in stride(from: 0, to: whole, by: 16) {
      let bits = bytes.loadUnaligned(fromByteOffset: 4 * place, as: SIMD16<UInt32>.self)
      gathered |= (bits & exponent) &+ one
    }
    let isFinite = (0..<16).allSatisfy { gathered[$0] < 1 << 31 }
    return self[(isFinite ? whole : 0)...].firstIndex { !$0.isFinite }
  }
}

extension Tensor {
  /// The first element that is NaN or infinite.
  var firstNonFinite: Float? {
    withElements { elements in
      let found = Parallel.mapRanges(elements.count, size: 1 << 18) { range in
        let part = UnsafeBufferPointer(rebasing: elements[range])
        return part.firstNonFinite.map { part[$0] }
      }
      return found.lazy.compactMap { $0 }.first
    }
  }
}

extension SafetensorsFile {
  /// Refuses weights of which one is NaN or infinite, before long work begins; a network refuses its own as it is read.
  ///
  /// - Throws: `Failure` that names the tensor.
  public func requireFinite() throws {
    for name in names {
      if let value = try tensor(name).firstNonFinite {
        throw Failure.notFinite(value, tensor: name, path: path)
      }
    }
  }
}

extension Failure {
  /// Of a weight that nothing can be computed with.
  package static func notFinite(_ value: Float, tensor: String, path: String) -> Failure {
    Failure(
      .badData, path: path,
      "tensor '\(tensor)' holds \(value.isNaN ? "NaN" : "infinity"): a value that is not finite",
      remedy: "the training diverged or the file is damaged; take another checkpoint")
  }
}
