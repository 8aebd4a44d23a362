import Files

extension NPYFile {
  /// Writes `values` as float32 of `shape`.
  public static func write(_ values: [Float], shape: [Int], to path: String) throws {
    precondition(values.count == shape.reduce(1, *))
    let file = try AtomicFile(path)
    try file.write(header("<f4", shape))
    try values.withUnsafeBytes { try file.write($0) }
    try file.commit()
  }

  /// Writes `values` as uint8 of `shape`.
  public static func write(_ values: [UInt8], shape: [Int], to path: String) throws {
    precondition(values.count == shape.reduce(1, *))
    let file = try AtomicFile(path)
    try file.write(header("|u1", shape))
    try file.write(values)
    try file.commit()
  }

  /// A header of version 1.0, padded so that the elements start at a multiple of 64 bytes.
  private static func header(_ descr: String, _ shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(sizes)), }"
    let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
    let length = text.utf8.count + padding + 1
    precondition(length < 1 << 16)
    return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(length & 255), UInt8(length >> 8)]
      + Array(text.utf8) + [UInt8](repeating: 32, count: padding) + [10]
  }
}
