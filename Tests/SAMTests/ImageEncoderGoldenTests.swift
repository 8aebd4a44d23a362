import NN
import SAM
import TestSupport
import Testing

@Suite("SAM image encoder against segment-anything")
struct ImageEncoderGoldenTests {
  @Test("tokens, every block, neck", arguments: ["sam_256", "sam_256_eps", "sam_1024"])
  func matches(model: String) throws {
    let golden = try Golden("sam/\(model).encoder")
    let sam = try SegmentAnything(GoldenModel.file("sam/\(model)"))
    let trace = Trace()
    let embedding = sam.encode(try input(golden, side: sam.configuration.imageSize), trace: trace)

    let rows = try golden.integers("row_index")
    let traced = trace.tensors.filter { golden.has($0.name) }
    #expect(traced.count == sam.configuration.depth + 1)
    for traced in traced {
      let kept = Tensor.concatenated(rows.map { traced.tensor[$0..<$0 + 1] })
      expectGolden(kept.values, try golden.values(traced.name), "\(model) encoder \(traced.name)")
    }
    let channelsFirst = embedding.reshaped([embedding.shape[0] * embedding.shape[1], embedding.shape[2]])
      .transposed()
    expectGolden(channelsFirst.values, try golden.values("neck"), "\(model) encoder neck")
  }

  /// `[3, S, S]`: the stored image, or for S = 1024 its tile repeated 4 x 4 times, row band r XORed with r.
  private func input(_ golden: Golden, side: Int) throws -> Tensor {
    let tile = try golden.values(golden.has("input_u8") ? "input_u8" : "input_u8_tile")
    return Tensor([3, side, side]) { pixels in
      for channel in 0..<3 {
        for y in 0..<side {
          for x in 0..<side {
            let byte = UInt8(tile[(channel * 256 + y % 256) * 256 + x % 256]) ^ UInt8(y / 256)
            pixels[(channel * side + y) * side + x] = (Float(byte) - 128) / 40
          }
        }
      }
    }
  }
}
