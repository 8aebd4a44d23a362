import CCompression
import Files

extension PNGFile {
  /// Writes `image` as an 8-bit RGB PNG.
  public static func write(_ image: RGBImage, to path: String) throws {
    try AtomicFile.write(try encode(image), to: path)
  }

  /// The bytes of `image` as an 8-bit RGB PNG.
  public static func encode(_ image: RGBImage) throws -> [UInt8] {
    try encode(image.pixels, height: image.height, width: image.width, color: .rgb)
  }

  /// Writes `gray [height, width]` as an 8-bit grey PNG.
  public static func write(gray: [UInt8], height: Int, width: Int, to path: String) throws {
    try AtomicFile.write(try encode(gray: gray, height: height, width: width), to: path)
  }

  /// The bytes of `gray [height, width]` as an 8-bit grey PNG.
  public static func encode(gray: [UInt8], height: Int, width: Int) throws -> [UInt8] {
    try encode(gray, height: height, width: width, color: .gray)
  }

  /// The bytes of a PNG file. Rows are filtered by the difference to the row above, which suits most images.
  private static func encode(
    _ pixels: [UInt8], height: Int, width: Int, color: PNGHeader.Color
  ) throws -> [UInt8] {
    let rowBytes = width * (color == .rgb ? 3 : 1)
    precondition(height > 0 && width > 0 && pixels.count == height * rowBytes)
    var rows: [UInt8] = []
    rows.reserveCapacity(height * (rowBytes + 1))
    for y in 0..<height {
      let row = y * rowBytes
      rows.append(2)
      for index in row..<row + rowBytes {
        rows.append(pixels[index] &- (y > 0 ? pixels[index - rowBytes] : 0))
      }
    }
    var size = compressBound(UInt(rows.count))
    let stream = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
      guard compress2(buffer.baseAddress, &size, rows, UInt(rows.count), 6) == Z_OK else {
        throw Failure(.unavailable, "there is no memory to pack a PNG image")
      }
      count = Int(size)
    }
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, color.rawValue, 0, 0, 0]
    return PNGChunks.signature + chunk("IHDR", header) + chunk("IDAT", stream) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let checked = Array(name.utf8) + body
    return bigEndian(UInt32(body.count)) + checked + bigEndian(UInt32(crc32_z(0, checked, checked.count)))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
