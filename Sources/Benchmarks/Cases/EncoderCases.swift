import DINOv2
import NN
import SAM

extension Benchmark {
  /// The two encoders at the sizes of the paper, one image a run.
  static func encoders(_ precision: Precision) -> [Benchmark] {
    [
      dino(
        "dinov2-vitl14-518", "DINOv2 ViT-L/14 with registers, 518 x 518 pixels", .vitL14Registers, side: 518,
        precision),
      sam("sam-vitb-1024", "SAM ViT-B image encoder, 1024 x 1024 pixels", .vitB, repeats: 5, precision),
      sam("sam-vith-1024", "SAM ViT-H image encoder, 1024 x 1024 pixels", .vitH, repeats: 3, precision),
      sam(
        "sam-vith-400x1024", "the same of a slice of 200 x 512 voxels, the rest padding", .vitH, repeats: 3,
        precision, imageRows: 400),
    ]
  }

  private static func dino(
    _ name: String, _ summary: String, _ configuration: DINOConfiguration, side: Int, _ precision: Precision
  ) -> Benchmark {
    Benchmark(name, summary, repeats: 5, operations: configuration.operations(side: side)) { _ in
      try EncoderCheck.dino(precision)
    } prepare: { _ in
      let weights = try RandomModel.dino(configuration)
      let pixels = EncoderCheck.pixels(side)
      return {
        let encoder = try DINOEncoder(weights, precision: precision)
        return Job {
          try EncoderCheck.dinoBlocks(weights, configuration, pixels, precision) { encoder($0, trace: $1) }
        } run: {
          _ = encoder(pixels)
        }
      }
    }
  }

  private static func sam(
    _ name: String, _ summary: String, _ configuration: SAMConfiguration, repeats: Int,
    _ precision: Precision,
    imageRows: Int? = nil
  ) -> Benchmark {
    Benchmark(name, summary, repeats: repeats, operations: configuration.encoderOperations) { _ in
      try EncoderCheck.sam(precision)
    } prepare: { _ in
      let weights = try RandomModel.sam(configuration)
      let side = configuration.imageSize
      let pixels = EncoderCheck.pixels(side, imageRows: imageRows ?? side)
      return {
        let sam = try SegmentAnything(weights, precision: precision)
        return Job {
          try EncoderCheck.samBlocks(weights, configuration, pixels, precision) { sam.encode($0, trace: $1) }
            + (imageRows.map { EncoderCheck.padding(sam, pixels, imageRows: $0) } ?? [])
        } run: {
          _ = sam.encode(pixels, imageRows: imageRows)
        }
      }
    }
  }
}
