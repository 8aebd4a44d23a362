import NN

/// SAM's mask decoder: from an image embedding and one prompt's embeddings to masks and their predicted IoU.
///
/// Source: segment_anything/modeling/mask_decoder.py.
public struct MaskDecoder: Sendable {
  private let configuration: SAMConfiguration
  private let transformer: TwoWayTransformer
  /// The IoU token, then the mask tokens: `[1 + M, D]`.
  private let outputTokens: Tensor
  private let upscaling: MaskUpscaling
  private let hypernetworks: [PerceptronHead]
  private let iouHead: PerceptronHead

  /// Reads the parameters under `mask_decoder`.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    let width = configuration.decoderWidth
    self.configuration = configuration
    transformer = try TwoWayTransformer(scope["transformer"], configuration)
    outputTokens = .concatenated([
      try scope["iou_token"].tensor("weight", shape: [1, width]),
      try scope["mask_tokens"].tensor("weight", shape: [configuration.maskTokens, width]),
    ])
    upscaling = try MaskUpscaling(scope["output_upscaling"], configuration)
    hypernetworks = try (0..<configuration.maskTokens).map { index in
      try PerceptronHead(
        scope["output_hypernetworks_mlps"][index], inputs: width, hidden: width, outputs: width / 8, depth: 3)
    }
    iouHead = try PerceptronHead(
      scope["iou_prediction_head"], inputs: width, hidden: configuration.iouHeadHiddenWidth,
      outputs: configuration.maskTokens, depth: configuration.iouHeadDepth)
  }

  /// Decodes one prompt.
  ///
  /// Shapes: `image [g g, D]` (embedding plus dense prompt), `imagePositions [g g, D]`, `sparse [T, D]` →
  /// logits `[K, 4g, 4g]` and IoU `[K]`, with K = M - 1 for `multimask`, else 1.
  public func callAsFunction(
    image: Tensor, imagePositions: Tensor, sparse: Tensor, multimask: Bool
  ) -> (logits: Tensor, iou: [Float]) {
    let result = transformer(
      tokens: .concatenated([outputTokens, sparse]), image: image, imagePositions: imagePositions)
    let iou = iouHead(result.tokens[0..<1]).values
    let chosen = multimask ? 1..<configuration.maskTokens : 0..<1
    let weights = Tensor.concatenated(
      chosen.map { hypernetworks[$0](result.tokens[$0 + 1..<$0 + 2]) })  // [K, D / 8]
    return (draw(upscaling(result.image), weights), Array(iou[chosen]))
  }

  /// Masks as the products of pixels and mask weights.
  ///
  /// Shapes: `pixels [g g, 16, E]`, `weights [K, E]` → `[K, 4g, 4g]`.
  private func draw(_ pixels: Tensor, _ weights: Tensor) -> Tensor {
    let grid = configuration.grid
    let side = 4 * grid
    let masks = weights.shape[0]
    let products = Linear(weight: weights, bias: nil)(pixels)  // [g g, 16, K]
    return Tensor([masks, side, side]) { out in
      guard let out = out.baseAddress else { return }
      withBase(products) { products in
        Parallel.forEach(grid) { row in
          for column in 0..<grid {
            let cell = products + (row * grid + column) * 16 * masks
            for place in 0..<16 {
              let pixel = MaskUpscaling.pixel(place)
              let target = out + (row * 4 + pixel.y) * side + column * 4 + pixel.x
              for mask in 0..<masks { target[mask * side * side] = cell[place * masks + mask] }
            }
          }
        }
      }
    }
  }
}
