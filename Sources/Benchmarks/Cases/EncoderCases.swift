import DINOv2
import SAM

extension Benchmark {
  /// The two encoders at the sizes of the paper, one image a run.
  static let encoders = [
    dino(
      "dinov2-vitl14-518", "DINOv2 ViT-L/14 with registers, 518 x 518 pixels", .vitL14Registers, side: 518),
    sam("sam-vitb-1024", "SAM ViT-B image encoder, 1024 x 1024 pixels", .vitB, repeats: 5),
    sam("sam-vith-1024", "SAM ViT-H image encoder, 1024 x 1024 pixels", .vitH, repeats: 3),
  ]

  private static func dino(
    _ name: String, _ summary: String, _ configuration: DINOConfiguration, side: Int
  ) -> Benchmark {
    Benchmark(name, summary, repeats: 5, operations: configuration.operations(side: side)) { _ in
      try EncoderCheck.dino()
    } prepare: { _ in
      let weights = try RandomModel.dino(configuration)
      let pixels = EncoderCheck.pixels(side)
      return {
        let encoder = try DINOEncoder(weights)
        return Job {
          try EncoderCheck.dinoBlocks(weights, configuration, pixels) { encoder($0, trace: $1) }
        } run: {
          _ = encoder(pixels)
        }
      }
    }
  }

  private static func sam(
    _ name: String, _ summary: String, _ configuration: SAMConfiguration, repeats: Int
  ) -> Benchmark {
    Benchmark(name, summary, repeats: repeats, operations: configuration.encoderOperations) { _ in
      try EncoderCheck.sam()
    } prepare: { _ in
      let weights = try RandomModel.sam(configuration)
      let pixels = EncoderCheck.pixels(configuration.imageSize)
      return {
        let sam = try SegmentAnything(weights)
        return Job {
          try EncoderCheck.samBlocks(weights, configuration, pixels) { sam.encode($0, trace: $1) }
        } run: {
          _ = sam.encode(pixels)
        }
      }
    }
  }
}
