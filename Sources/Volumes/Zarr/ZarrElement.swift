import Files

/// How one element of an array is stored.
struct ZarrElement: Sendable, Equatable {
  /// As Zarr 3 names it: `float32`.
  let name: String
  let format: VoxelFormat
  var bigEndian = false

  private static let formats: [String: VoxelFormat] = [
    "bool": .uint8, "int8": .int8, "uint8": .uint8, "int16": .int16, "uint16": .uint16, "int32": .int32,
    "uint32": .uint32, "int64": .int64, "uint64": .uint64, "float16": .float16, "float32": .float32,
    "float64": .float64,
  ]

  /// - Parameter name: as Zarr 3 has it: `float32`.
  init?(_ name: String) {
    guard let format = Self.formats[name] else { return nil }
    (self.name, self.format) = (name, format)
  }

  /// - Parameter type: as Zarr 2, and NumPy, has it: `<f4`.
  init?(numpy type: String) {
    let kinds = ["b": "bool", "i": "int", "u": "uint", "f": "float"]
    guard type.count == 3, let order = type.first, "<>|=".contains(order),
      let kind = kinds[String(type.dropFirst().prefix(1))], let size = Int(type.suffix(1))
    else { return nil }
    self.init(kind == "bool" ? kind : "\(kind)\(8 * size)")
    bigEndian = order == ">"
  }

  /// One element of the value `fill`, as stored; nil if it is no such value.
  func bytes(_ fill: JSON) -> [UInt8]? {
    if fill == .null { return [UInt8](repeating: 0, count: format.size) }
    guard let bits = bits(fill) else { return nil }
    let little = (0..<format.size).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    return bigEndian ? little.reversed() : little
  }

  private func bits(_ fill: JSON) -> UInt64? {
    if case .string(let text) = fill, text.hasPrefix("0x"), text.count == 2 + 2 * format.size {
      return UInt64(text.dropFirst(2), radix: 16)
    }
    let value: Double
    switch fill {
    case .bool(let isTrue): value = isTrue ? 1 : 0
    case .string("NaN"): value = .nan
    case .string("Infinity"): value = .infinity
    case .string("-Infinity"): value = -.infinity
    case .integer(let integer) where !format.isFloat: return UInt64(bitPattern: Int64(integer))
    default:
      guard let number = fill.double else { return nil }
      value = number
    }
    switch format {
    case .float64: return value.bitPattern
    case .float32: return UInt64(Float(value).bitPattern)
    case .float16: return UInt64(Self.half(Float(value)))
    // The greatest of 64 bits reads as the next number above.
    case .uint64 where value == 0x1p64: return .max
    default: return Int64(exactly: value).map { UInt64(bitPattern: $0) } ?? UInt64(exactly: value)
    }
  }

  /// The nearest binary16 number, of those that fills have: what lies between is cut.
  private static func half(_ value: Float) -> UInt16 {
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    if value.isNaN { return 0x7E00 }
    let bits = (value.magnitude * 0x1p-112).bitPattern >> 13
    return sign | UInt16(min(value.magnitude > 65_504 ? 0x7C00 : bits, 0x7C00))
  }
}
