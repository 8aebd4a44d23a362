import Files
import Images
import NN
import Parallel

/// Segment Anything: an image is embedded once, then any number of prompts are answered (`SamPredictor`).
public struct SegmentAnything: Sendable {
  public let configuration: SAMConfiguration
  public let transform: ImageTransform
  public let promptEncoder: PromptEncoder
  public let maskDecoder: MaskDecoder
  private let imageEncoder: ImageEncoder
  private let maskFolding: MaskFolding

  /// Reads a weights file that `convert-weights` wrote.
  ///
  /// - Parameter precision: what the linear layers of the image encoder's blocks compute with.
  /// - Throws: `Failure` when the file is not a SAM model, or a tensor is missing, misshapen or unexpected.
  public init(_ file: SafetensorsFile, precision: Precision = .float32) throws {
    guard try file.family() == "sam" else {
      throw Failure(
        .badData, path: file.path, "holds a model of the family '\(try file.family())', not SAM",
        remedy: "give the weights of the segmentation model here")
    }
    try MatrixLibrary.check()
    try precision.check()
    let configuration: SAMConfiguration = try file.configuration()
    try configuration.validate(path: file.path)
    self.configuration = configuration
    let scope = WeightScope(file)
    transform = ImageTransform(configuration)
    imageEncoder = try ImageEncoder(scope["image_encoder"], configuration, precision: precision)
    promptEncoder = try PromptEncoder(scope["prompt_encoder"], configuration)
    maskDecoder = try MaskDecoder(scope["mask_decoder"], configuration)
    maskFolding = maskDecoder.folding(promptEncoder.maskEmbedding)
    try scope.expectAllRead()
  }

  /// Embeds an image of any size.
  public func embed(_ image: RGBImage) -> EmbeddedImage { embed(image, trace: nil) }

  /// The same; `trace` gets the encoder's parts.
  public func embed(_ image: RGBImage, trace: Trace?) -> EmbeddedImage {
    let resized = transform.resized(image)
    return EmbeddedImage(
      embedding: encode(transform.preprocessed(resized), imageRows: resized.height, trace: trace),
      originalHeight: image.height,
      originalWidth: image.width, inputHeight: resized.height, inputWidth: resized.width)
  }

  /// The image encoder alone: `pixels [3, S, S]`, normalised and padded → `[g, g, D]`, channels last.
  ///
  /// `trace` gets its parts.
  ///
  /// - Parameter imageRows: the rows that are image, if those below them are padding, all 0.
  public func encode(_ pixels: Tensor, imageRows: Int? = nil, trace: Trace? = nil) -> Tensor {
    imageEncoder(pixels, imageRows: imageRows ?? configuration.imageSize, trace: trace)
  }

  /// Answers prompts about one image. Each answer is the same, byte for byte, whatever else is in the batch.
  ///
  /// With `multimask` each prompt gets three candidates, else one.
  public func predict(_ image: EmbeddedImage, _ prompts: [Prompt], multimask: Bool) -> [Prediction] {
    predict(image, prompts, multimask: multimask, trace: nil)
  }

  /// The same; `trace` gets what is computed for the first prompt.
  public func predict(
    _ image: EmbeddedImage, _ prompts: [Prompt], multimask: Bool, trace: Trace?
  ) -> [Prediction] {
    let positions = promptEncoder.densePositions
    func prepared(_ dense: Tensor) -> ImageSide {
      let cells = configuration.grid * configuration.grid
      let embedding = image.embedding.reshaped([cells, configuration.decoderWidth])
      return maskDecoder.prepared(embedding + dense.repeated(cells), positions: positions)
    }
    let (masks, points) = (prompts.contains { $0.mask != nil }, prompts.contains { $0.mask == nil })
    guard masks || points else { return [] }
    let unmasked = prepared(points ? promptEncoder.noMaskEmbedding : promptEncoder.maskEmbedding.bias)
    let masked = masks && points ? prepared(promptEncoder.maskEmbedding.bias) : unmasked
    let postprocessing = MaskPostprocessing(configuration, image)
    return Parallel.map(prompts.count) { index in
      let prompt = prompts[index]
      let trace = index == 0 ? trace : nil
      let features = prompt.mask.map { promptEncoder.maskFeatures($0) }
      let tokens = sparse(prompt, image)
      if let trace { promptEncoder.trace(tokens, maskFeatures: features, trace["prompt"]) }
      let side = features.map { maskFolding.add($0, to: masked) } ?? unmasked
      let decoded = maskDecoder.decode(
        side, positions: positions, sparse: tokens, multimask: multimask, trace: trace?["decoder"])
      let masks = decoded.iou.indices.map { candidate in
        postprocessing.mask(decoded.logits[candidate], threshold: configuration.maskThreshold)
      }
      return Prediction(masks: masks, predictedIoU: decoded.iou, lowResolutionLogits: decoded.logits)
    }
  }

  /// The sparse tokens of a prompt in pixels of the original image.
  private func sparse(_ prompt: Prompt, _ image: EmbeddedImage) -> Tensor {
    func toInput(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      transform.inputPoint(x: x, y: y, height: image.originalHeight, width: image.originalWidth)
    }
    let points = prompt.points.map { point in
      let place = toInput(point.x, point.y)
      return Prompt.Point(x: place.x, y: place.y, label: point.label)
    }
    let box = prompt.box.map { box in
      let (first, last) = (toInput(box.x0, box.y0), toInput(box.x1, box.y1))
      return Prompt.Box(x0: first.x, y0: first.y, x1: last.x, y1: last.y)
    }
    return promptEncoder.sparse(points: points, box: box)
  }
}
