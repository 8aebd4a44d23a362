import Files
import NN

/// The types in which weights can be stored.
public enum WeightElement: String, Sendable, CaseIterable {
  case f32, f16, bf16

  var safetensors: SafetensorsElement {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    }
  }
}

/// Calls `body` with the values of `bytes` as float32; exact but for F64, which is rounded to nearest even.
///
/// - Throws: `Failure` for element types that are not a weight's, and for F64 values beyond float32.
func decode(
  _ bytes: UnsafeRawBufferPointer, _ element: SafetensorsElement, name: String, path: String,
  _ body: ([Float]) throws -> Void
) throws {
  switch element {
  case .f32: try body(elements(bytes, Float.self) { $0 })
  case .f16: try body(elements(bytes, UInt16.self) { Float(half: $0) })
  case .bf16: try body(elements(bytes, UInt16.self) { Float(bfloat: $0) })
  case .f64:
    let values = elements(bytes, Double.self) { Float($0) }
    let wide = elements(bytes, Double.self) { $0 }
    if let index = values.indices.first(where: { values[$0].isInfinite && wide[$0].isFinite }) {
      throw Failure(.badData, path: path, "tensor '\(name)' holds \(wide[index]), which is beyond float32")
    }
    try body(values)
  default:
    throw Failure(
      .badData, path: path, "tensor '\(name)' has element type \(element.rawValue)",
      remedy: "weights must be float32, float16, bfloat16 or float64")
  }
}

/// The little-endian elements of `bytes`, each transformed.
@inline(__always)
private func elements<Stored: BitwiseCopyable, Value>(
  _ bytes: UnsafeRawBufferPointer, _: Stored.Type, _ transform: (Stored) -> Value
) -> [Value] {
  let size = MemoryLayout<Stored>.size
  let count = bytes.count / size
  return [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count {
      buffer.initializeElement(
        at: index, to: transform(bytes.loadUnaligned(fromByteOffset: size * index, as: Stored.self)))
    }
    initialized = count
  }
}

/// The bytes of `values` as `element`, rounded to nearest even.
///
/// - Throws: `Failure` if a finite value becomes infinite.
func encode(_ values: [Float], as element: WeightElement, name: String, path: String) throws -> [UInt8] {
  func overflow(_ value: Float) -> Failure {
    Failure(
      .badData, path: path, "tensor '\(name)' holds \(value), which \(element.rawValue) cannot",
      remedy: element == .f16 ? "use --dtype bf16 or f32" : "use --dtype f32")
  }
  switch element {
  case .f32: return values.withUnsafeBytes { Array($0) }
  case .f16: return try halves(values, infinity: 0x7C00, overflow) { Float16($0).bitPattern }
  case .bf16: return try halves(values, infinity: 0x7F80, overflow) { $0.bfloat16 }
  }
}

/// The bytes of `values`, each turned into 16 bits by `round`; `overflow` is thrown if one becomes `infinity`.
@inline(__always)
private func halves(
  _ values: [Float], infinity: UInt16, _ overflow: (Float) -> Failure, _ round: (Float) -> UInt16
) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 2 * values.count)
  var overflowing: Float?
  bytes.withUnsafeMutableBytes { buffer in
    for (index, value) in values.enumerated() {
      let half = round(value)
      buffer.storeBytes(of: half.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      if half & 0x7FFF == infinity && value.isFinite { overflowing = overflowing ?? value }
    }
  }
  if let overflowing { throw overflow(overflowing) }
  return bytes
}

extension Float {
  /// The nearest bfloat16, ties to even; NaN stays NaN.
  package var bfloat16: UInt16 {
    if isNaN { return UInt16(bitPattern >> 16) | 0x40 }
    return UInt16((bitPattern + 0x7FFF + (bitPattern >> 16 & 1)) >> 16)
  }
}
