import NN
import SAM

/// The mask decoder against the plain computation, and prompts answered together against each alone.
package enum DecoderCheck {
  /// Answers prompts about an image: the predictor that is checked.
  package typealias Predict = (SegmentAnything, EmbeddedImage, [Prompt]) -> [Prediction]

  /// A small decoder; prompts of one and two points, with and without mask, together.
  package static func small(
    _ predict: Predict = { $0.predict($1, $2, multimask: true) }
  ) throws -> [Agreement] {
    let configuration = SAMConfiguration(
      imageSize: 96, patchSize: 8, width: 16, depth: 1, heads: 1, hiddenWidth: 16, windows: [0],
      decoderWidth: 64,
      decoderDepth: 2, decoderHiddenWidth: 96, iouHeadHiddenWidth: 48)
    let weights = try RandomModel.sam(configuration)
    let image = image(configuration)
    var prompts = prompts(3, hasMask: false, configuration) + Self.prompts(3, hasMask: true, configuration)
    prompts[1].points.append(Prompt.Point(x: 0.1, y: 0.7, label: 0))
    prompts[4].points.append(Prompt.Point(x: 0.9, y: 0.2, label: 0))
    let sam = try SegmentAnything(weights)
    let answers = predict(sam, image, prompts)
    return try zip(prompts.indices, answers).flatMap { index, answer in
      try compare(
        answer, prompts[index], "prompt \(index) of a small model", PlainDecoder(weights, configuration),
        image)
    } + [together(answers, prompts, { predict(sam, image, [$0]) })]
  }

  /// The full decoder: the first prompt and the last computed plainly, and alone.
  static func full(
    _ sam: SegmentAnything, _ weights: SafetensorsFile, _ image: EmbeddedImage, _ prompts: [Prompt]
  ) throws -> [Agreement] {
    let answers = sam.predict(image, prompts, multimask: true)
    let some = Set([0, prompts.count - 1]).sorted()
    let plain = PlainDecoder(weights, sam.configuration)
    return try some.flatMap { try compare(answers[$0], prompts[$0], "prompt \($0)", plain, image) }
      + [
        together(
          some.map { answers[$0] }, some.map { prompts[$0] }, { sam.predict(image, [$0], multimask: true) })
      ]
  }

  private static func compare(
    _ answer: Prediction, _ prompt: Prompt, _ what: String, _ plain: PlainDecoder, _ image: EmbeddedImage
  ) throws -> [Agreement] {
    let side = Double(plain.configuration.imageSize)
    let points = prompt.points.map { Prompt.Point(x: side * $0.x, y: side * $0.y, label: $0.label) }
    let expected = try plain(image.embedding, points: points, mask: prompt.mask)
    return [
      Agreement("\(what): logits", answer.lowResolutionLogits.values, plain: expected.logits),
      Agreement("\(what): predicted IoU", answer.predictedIoU, plain: expected.iou),
    ]
  }

  private static func together(
    _ answers: [Prediction], _ prompts: [Prompt], _ alone: (Prompt) -> [Prediction]
  ) -> Agreement {
    let same = zip(answers, prompts).allSatisfy { answer, prompt in
      let single = alone(prompt)
      return single.count == 1 && single[0].predictedIoU == answer.predictedIoU
        && single[0].masks == answer.masks
        && single[0].lowResolutionLogits.values == answer.lowResolutionLogits.values
    }
    return Agreement("prompts answered together and alone", same: same && answers.count == prompts.count)
  }

  /// A random embedding, said to be of an image of one pixel: so that bringing masks to the image's size, which is
  /// another case, takes no time. Prompts' points are then fractions of the image.
  static func image(_ configuration: SAMConfiguration) -> EmbeddedImage {
    let side = configuration.grid
    return EmbeddedImage(
      embedding: RandomNumbers.tensor([side, side, configuration.decoderWidth], seed: 11, spread: 1.7),
      originalHeight: 1, originalWidth: 1, inputHeight: 1, inputWidth: 1)
  }

  /// Prompts of one point each, at different places, with a mask of random logits if `hasMask`.
  static func prompts(_ count: Int, hasMask: Bool, _ configuration: SAMConfiguration) -> [Prompt] {
    let side = configuration.lowResolutionSide
    return (0..<count).map { index in
      let place = (Double(index) + 0.5) / Double(count)
      return Prompt(
        points: [Prompt.Point(x: place, y: (7 * place + 0.3).truncatingRemainder(dividingBy: 1))],
        mask: hasMask ? RandomNumbers.tensor([side, side], seed: 100 + UInt64(index), spread: 8) : nil)
    }
  }
}
