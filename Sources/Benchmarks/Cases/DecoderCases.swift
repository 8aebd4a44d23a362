import SAM

extension Benchmark {
  /// The mask decoder with prompts of one point, and of one point and a mask, three masks out for each, on an image
  /// that is embedded already.
  static let decoders = [false, true].flatMap { hasMask in
    [(1, 50), (8, 20), (64, 5)].map { decoder(prompts: $0.0, hasMask: hasMask, repeats: $0.1) }
  }

  private static func decoder(prompts: Int, hasMask: Bool, repeats: Int) -> Benchmark {
    let configuration = SAMConfiguration.decoderAlone
    let plural = prompts == 1 ? "" : "s"
    return Benchmark(
      "decoder-\(prompts)\(hasMask ? "-mask" : "")",
      "SAM prompt encoder and mask decoder, \(prompts) prompt\(plural) of a point\(hasMask ? " and a mask" : "")",
      repeats: repeats,
      operations: Double(prompts) * configuration.decoderOperations(points: 1, hasMask: hasMask),
      prompts: prompts
    ) { _ in
      try DecoderCheck.small()
    } prepare: { _ in
      let weights = try RandomModel.sam(configuration)
      let image = DecoderCheck.image(configuration)
      let prompts = DecoderCheck.prompts(prompts, hasMask: hasMask, configuration)
      return {
        let sam = try SegmentAnything(weights)
        return Job {
          try DecoderCheck.full(sam, weights, image, prompts)
        } run: {
          _ = sam.predict(image, prompts, multimask: true)
        }
      }
    }
  }
}

extension SAMConfiguration {
  /// The published decoder, whose sizes are the same in all models, behind an encoder of almost nothing.
  static let decoderAlone = SAMConfiguration(
    imageSize: 1024, patchSize: 16, width: 16, depth: 1, heads: 1, hiddenWidth: 16, windows: [14],
    decoderWidth: 256, decoderDepth: 2, decoderHiddenWidth: 2048, iouHeadHiddenWidth: 256)
}
