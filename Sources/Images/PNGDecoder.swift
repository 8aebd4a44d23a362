import CCompression
import Files

/// Reads PNG images (W3C PNG, second edition) as 8-bit RGB, with the pixels that PIL's `convert("RGB")` gives.
///
/// Grey is repeated to three channels, palettes are looked up, 16-bit samples keep their upper byte, transparency
/// and gamma are ignored. The stream is unpacked by zlib into memory of the announced size, which is checked
/// against the size of the file first.
public enum PNGFile {
  /// More pixels than any image of a slice.
  static let pixelLimit = 1 << 27

  /// Reads the image at `path`.
  ///
  /// - Throws: `Failure` for files that are missing, not PNG, damaged, or too large.
  public static func read(_ path: String) throws -> RGBImage {
    let file = try MappedFile(path)
    return try inFile(path) { try file.withBytes(decode) }
  }

  /// Reads an image from the bytes of a PNG file.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws -> RGBImage {
    let chunks = try PNGChunks(bytes)
    let header = chunks.header
    let raw = try chunks.unpack()
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * 3)
    try raw.withUnsafeBufferPointer { raw in
      var position = 0
      for pass in header.passes {
        var previous = [UInt8](repeating: 0, count: header.rowBytes(pass.columns))
        var row = previous
        for y in 0..<pass.rows {
          let filter = raw[position]
          for index in row.indices { row[index] = raw[position + 1 + index] }
          position += 1 + row.count
          try unfilter(&row, previous, filter, header.pixelBytes)
          try expand(row, pass, y, chunks, &pixels)
          swap(&row, &previous)
        }
      }
    }
    return RGBImage(height: header.height, width: header.width, pixels: pixels)
  }

  /// Undoes one row's filter; `step` is the distance to the pixel at the left, in bytes.
  private static func unfilter(_ row: inout [UInt8], _ above: [UInt8], _ filter: UInt8, _ step: Int) throws {
    switch filter {
    case 0: break
    case 1: for index in step..<max(step, row.count) { row[index] &+= row[index - step] }
    case 2: for index in row.indices { row[index] &+= above[index] }
    case 3:
      for index in row.indices {
        let left = index >= step ? Int(row[index - step]) : 0
        row[index] &+= UInt8((left + Int(above[index])) / 2)
      }
    case 4:
      for index in row.indices {
        let left = index >= step ? Int(row[index - step]) : 0
        let corner = index >= step ? Int(above[index - step]) : 0
        row[index] &+= UInt8(paeth(left, Int(above[index]), corner))
      }
    default: throw Failure(.badData, "the PNG has a row of filter \(filter), which does not exist")
    }
  }

  /// The neighbour nearest to left + above - corner; the first of equals.
  private static func paeth(_ left: Int, _ above: Int, _ corner: Int) -> Int {
    let (toLeft, toAbove, toCorner) = (
      abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    )
    if toLeft <= toAbove && toLeft <= toCorner { return left }
    return toAbove <= toCorner ? above : corner
  }

  /// Writes the samples of a pass's row to the image's pixels.
  private static func expand(
    _ row: [UInt8], _ pass: PNGHeader.Pass, _ y: Int, _ chunks: PNGChunks, _ pixels: inout [UInt8]
  ) throws {
    let header = chunks.header
    let channels = header.channels
    let depth = header.depth
    let scale = header.color == .palette || depth >= 8 ? 1 : 255 / ((1 << depth) - 1)
    func sample(_ index: Int) -> Int {
      if depth == 8 { return Int(row[index]) }
      if depth == 16 { return Int(row[2 * index]) }
      let bit = index * depth
      return (Int(row[bit >> 3]) >> (8 - depth - bit & 7)) & ((1 << depth) - 1)
    }
    let start = (pass.firstRow + y * pass.rowStep) * header.width
    for column in 0..<pass.columns {
      let target = 3 * (start + pass.firstColumn + column * pass.columnStep)
      let first = sample(column * channels)
      switch header.color {
      case .palette:
        guard 3 * first + 2 < chunks.palette.count else {
          throw Failure(.badData, "the PNG has a pixel of colour \(first), past the end of its palette")
        }
        for channel in 0..<3 { pixels[target + channel] = chunks.palette[3 * first + channel] }
      case .gray, .grayAlpha:
        for channel in 0..<3 { pixels[target + channel] = UInt8(first * scale) }
      case .rgb, .rgbAlpha:
        for channel in 0..<3 { pixels[target + channel] = UInt8(sample(column * channels + channel)) }
      }
    }
  }
}
