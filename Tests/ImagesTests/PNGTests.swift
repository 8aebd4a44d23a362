import Files
import FoundationEssentials
import Images
import TestSupport
import Testing

@Suite("PNG")
struct PNGTests {
  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: TestData.path("images"))) ?? []
    return files.filter { $0.hasSuffix(".png") }.map { String($0.dropLast(4)) }.sorted()
  }()

  @Test("every colour type gives the pixels that PIL reads", arguments: names)
  func colourTypes(name: String) throws {
    let image = try PNGFile.read(TestData.path("images/\(name).png"))
    let expected = try TestData.bytes(TestData.path("images/\(name).rgb"))
    #expect(image.width == 13)
    #expect(image.height == 11)
    #expect(firstDifference(image.pixels, expected) == nil)
  }

  @Test("there are images") func count() { #expect(Self.names.count == 28) }

  @Test("what is written reads the same")
  func roundTrip() throws {
    let pixels = (0..<17 * 9 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    try TestData.withFolder { folder in
      let path = "\(folder)/image.png"
      try PNGFile.write(RGBImage(height: 9, width: 17, pixels: pixels), to: path)
      #expect(firstDifference(try PNGFile.read(path).pixels, pixels) == nil)
      try PNGFile.write(gray: Array(pixels[..<(17 * 9)]), height: 9, width: 17, to: path)
      let expected = pixels[..<(17 * 9)].flatMap { [$0, $0, $0] }
      #expect(firstDifference(try PNGFile.read(path).pixels, expected) == nil)
    }
  }

  /// The smallest PNG, with its header's fields given.
  static func png(
    width: UInt32 = 2, height: UInt32 = 2, depth: UInt8 = 8, color: UInt8 = 0, interlace: UInt8 = 0
  ) throws -> [UInt8] {
    try TestData.withFolder { folder in
      try PNGFile.write(gray: [1, 2, 3, 4], height: 2, width: 2, to: "\(folder)/x.png")
      var bytes = try TestData.bytes("\(folder)/x.png")
      for (offset, value) in [(16, width), (20, height)] {
        for index in 0..<4 {
          bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index))
        }
      }
      (bytes[24], bytes[25], bytes[28]) = (depth, color, interlace)
      let sum = crc32(bytes[12..<29])
      for index in 0..<4 { bytes[29 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * index)) }
      return bytes
    }
  }

  @Test(
    "malformed images are refused",
    arguments: [
      ("empty", "is not a PNG file"),
      ("text", "is not a PNG file"),
      ("cut in a chunk", "the PNG is cut off"),
      ("cut before IEND", "the PNG is cut off"),
      ("check sum", "the PNG's chunk IDAT does not have its check sum"),
      ("no pixels", "the PNG announces 0 x 2 pixels; at most 134217728 are read"),
      ("huge", "the PNG announces 1000000 x 1000000 pixels; at most 134217728 are read"),
      ("larger than its stream", "the PNG is cut off"),
      ("more rows", "the PNG is cut off"),
      ("depth", "the PNG has 3 bits of colour type 0, or methods that do not exist"),
      ("palette", "the PNG has a pixel of colour 1, past the end of its palette"),
      ("colour", "the PNG's header is not one"),
      ("interlace", "the PNG has 8 bits of colour type 0, or methods that do not exist"),
      ("no header", "the PNG does not start with one header"),
    ])
  func malformed(name: String, reason: String) throws {
    let good = try Self.png()
    let bytes: [UInt8] =
      switch name {
      case "empty": []
      case "text": Array("not an image, but text".utf8)
      case "cut in a chunk": Array(good.dropLast(20))
      case "cut before IEND": Array(good.dropLast(12))
      case "check sum": good.enumerated().map { $0 == 45 ? $1 ^ 1 : $1 }
      case "no pixels": try Self.png(width: 0)
      case "huge": try Self.png(width: 1_000_000, height: 1_000_000)
      case "larger than its stream": try Self.png(width: 10_000, height: 10_000)
      case "more rows": try Self.png(height: 3)
      case "depth": try Self.png(depth: 3)
      case "palette": try Self.png(color: 3)
      case "colour": try Self.png(color: 5)
      case "interlace": try Self.png(interlace: 2)
      default: Array(good[..<8] + good[33...])
      }
    let failure = #expect(throws: Failure.self) { _ = try bytes.withUnsafeBytes { try PNGFile.decode($0) } }
    #expect(failure?.reason == reason)
    #expect(failure?.kind == .badData)
  }
}

/// CRC-32 as PNG has it, bit by bit.
private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  var sum: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    sum ^= UInt32(byte)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
  }
  return ~sum
}
