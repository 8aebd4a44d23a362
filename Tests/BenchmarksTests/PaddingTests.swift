import Benchmarks
import NN
import SAM
import Testing

@Suite("padding below images")
struct PaddingTests {
  /// Wide enough for products of several blocks of rows; `windows` of its blocks.
  private static func sam(windows: [Int], _ precision: Precision) throws -> SegmentAnything {
    var configuration = EncoderCheck.smallSAM
    configuration.imageSize = 1024
    (configuration.depth, configuration.windows) = (windows.count, windows)
    return try SegmentAnything(RandomModel.sam(configuration), precision: precision)
  }

  static let cases: [(windows: [Int], imageRows: Int)] = [
    ([14, 14, 0, 14], 400), ([14, 14, 0, 14], 449), ([14, 0], 16), ([7, 7, 7], 800), ([14, 14, 0], 1000),
    // Windows of two sizes, and none before the first global block: all is computed.
    ([7, 14, 0], 300), ([0, 14], 300),
  ]

  @Test(
    "windows of padding, once computed, change no byte of another image", arguments: cases,
    [Precision.float32, .int8])
  func once(_ model: (windows: [Int], imageRows: Int), precision: Precision) throws {
    let sam = try Self.sam(windows: model.windows, precision)
    let (first, second) = (UInt64(3), UInt64(4))
    for seed in [first, second, first] {
      let pixels = EncoderCheck.pixels(1024, imageRows: model.imageRows, seed: seed)
      #expect(sam.encode(pixels, imageRows: model.imageRows).values == sam.encode(pixels).values)
    }
  }

  @Test("heights whose padding begins in different rows of windows do not meet")
  func heights() throws {
    let sam = try Self.sam(windows: [14, 14, 0, 14], .float32)
    for imageRows in [400, 100, 500, 100, 900, 400] {
      let pixels = EncoderCheck.pixels(1024, imageRows: imageRows, seed: UInt64(imageRows))
      #expect(sam.encode(pixels, imageRows: imageRows).values == sam.encode(pixels).values)
    }
  }
}
