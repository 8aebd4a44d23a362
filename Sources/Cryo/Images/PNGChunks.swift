import CCompression
import Files

/// The fields of a PNG's IHDR chunk, checked.
package struct PNGHeader {
  package enum Color: UInt8 {
    case gray = 0
    case rgb = 2
    case palette = 3
    case grayAlpha = 4
    case rgbAlpha = 6
  }

  /// One of the images that an interlaced PNG is made of; the only one of a plain PNG.
  struct Pass {
    let firstColumn: Int
    let firstRow: Int
    let columnStep: Int
    let rowStep: Int
    let columns: Int
    let rows: Int
  }

  let width: Int
  let height: Int
  let depth: Int
  let color: Color
  let interlaced: Bool

  init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count == 13, let color = Color(rawValue: bytes[9]) else {
      throw Failure(.badData, "the PNG's header is not one", remedy: "the file is damaged")
    }
    let wide = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
    let high = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    guard (1...1 << 30).contains(wide), (1...1 << 30).contains(high),
      Int(wide) * Int(high) <= PNGFile.pixelLimit
    else {
      throw Failure(
        .badData, "the PNG announces \(wide) x \(high) pixels; at most \(PNGFile.pixelLimit) are read",
        remedy: "make it smaller")
    }
    let depths: [UInt8]
    switch color {
    case .gray: depths = [1, 2, 4, 8, 16]
    case .palette: depths = [1, 2, 4, 8]
    case .rgb, .grayAlpha, .rgbAlpha: depths = [8, 16]
    }
    guard depths.contains(bytes[8]), bytes[10] == 0, bytes[11] == 0, bytes[12] <= 1 else {
      throw Failure(
        .badData, "the PNG has \(bytes[8]) bits of colour type \(bytes[9]), or methods that do not exist",
        remedy: "the file is damaged")
    }
    width = Int(wide)
    height = Int(high)
    depth = Int(bytes[8])
    self.color = color
    interlaced = bytes[12] == 1
  }

  var channels: Int {
    switch color {
    case .gray, .palette: 1
    case .grayAlpha: 2
    case .rgb: 3
    case .rgbAlpha: 4
    }
  }

  /// The bytes of a pixel, at least 1: the distance that filters look to the left.
  var pixelBytes: Int { max(1, channels * depth / 8) }

  /// The bytes of a row of `columns` pixels, without its filter byte.
  func rowBytes(_ columns: Int) -> Int { (columns * channels * depth + 7) / 8 }

  /// Adam7's seven passes, those without pixels left out, or the one pass of a plain image.
  var passes: [Pass] {
    let starts =
      interlaced
      ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
      : [(0, 0, 1, 1)]
    return starts.compactMap { column, row, columnStep, rowStep in
      let columns = (width - column + columnStep - 1) / columnStep
      let rows = (height - row + rowStep - 1) / rowStep
      guard columns > 0 && rows > 0 else { return nil }
      return Pass(
        firstColumn: column, firstRow: row, columnStep: columnStep, rowStep: rowStep, columns: columns,
        rows: rows)
    }
  }

  /// The bytes of all rows with their filter bytes.
  var unpackedBytes: Int { passes.reduce(0) { $0 + $1.rows * (1 + rowBytes($1.columns)) } }
}

/// The chunks of a PNG file that its pixels need.
struct PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  let header: PNGHeader
  private(set) var palette: [UInt8] = []
  /// The compressed stream, joined from its chunks.
  private var stream: [UInt8] = []

  /// Goes through the chunks up to IEND and checks their check sums.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count >= 8, bytes.prefix(8).elementsEqual(Self.signature) else {
      throw Failure(.badData, "is not a PNG file", remedy: "give a PNG image")
    }
    var header: PNGHeader?
    var position = 8
    var ended = false
    while !ended {
      guard bytes.count - position >= 12 else { throw Self.cutOff }
      let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
      guard bytes.count - position - 12 >= length else { throw Self.cutOff }
      let name = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
      let body = UnsafeRawBufferPointer(rebasing: bytes[position + 8..<position + 8 + length])
      let stored = UInt32(
        bigEndian: bytes.loadUnaligned(fromByteOffset: position + 8 + length, as: UInt32.self))
      let checked = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<position + 8 + length])
      let sum = crc32_z(0, checked.bindMemory(to: UInt8.self).baseAddress, checked.count)
      guard sum == UInt(stored) else {
        throw Failure(
          .badData, "the PNG's chunk \(name) does not have its check sum", remedy: "the file is damaged")
      }
      guard (name == "IHDR") == (header == nil) else {
        throw Failure(.badData, "the PNG does not start with one header", remedy: "the file is damaged")
      }
      switch name {
      case "IHDR": header = try PNGHeader(body)
      case "PLTE": palette = [UInt8](body)
      case "IDAT": stream += body
      case "IEND": ended = true
      default:
        // A chunk whose name starts with a capital is needed to draw the image.
        guard checked[0] & 0x20 != 0 else {
          throw Failure(.badData, "the PNG needs the chunk \(name), unknown here")
        }
      }
      position += 12 + length
    }
    guard let header else { throw Self.cutOff }
    self.header = header
  }

  private static var cutOff: Failure {
    Failure(.badData, "the PNG is cut off", remedy: "the file is incomplete or damaged; copy it again")
  }

  /// The rows with their filter bytes.
  func unpack() throws -> [UInt8] {
    let wanted = header.unpackedBytes
    // A deflate stream grows at most 1032 times.
    guard wanted / 1040 <= stream.count else { throw Self.cutOff }
    let rows = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      var size = UInt(wanted)
      let code = uncompress(buffer.baseAddress, &size, stream, UInt(stream.count))
      count = Int(size)
      // Z_BUF_ERROR with a full buffer: more follows, which is ignored.
      guard code == Z_OK || (code == Z_BUF_ERROR && count == wanted) else {
        throw Failure(.badData, "the PNG's stream is damaged", remedy: "copy the file again")
      }
    }
    guard rows.count == wanted else { throw Self.cutOff }
    return rows
  }
}
