import NN
import Parallel

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
    decode(
      prepared(image, positions: imagePositions), positions: imagePositions, sparse: sparse,
      multimask: multimask)
  }

  /// What all prompts on an image with the same dense prompt share.
  func prepared(_ image: Tensor, positions: Tensor) -> ImageSide {
    transformer.prepared(image, positions: positions)
  }

  /// How mask prompts are added to a prepared image; `maskEmbedding` is the last layer of their convolutions.
  func folding(_ maskEmbedding: Linear) -> MaskFolding { transformer.folding(maskEmbedding) }

  /// `callAsFunction` on a prepared image.
  func decode(
    _ image: ImageSide, positions: Tensor, sparse: Tensor, multimask: Bool, trace: Trace? = nil
  ) -> (logits: Tensor, iou: [Float]) {
    let tokens = Tensor.concatenated([outputTokens, sparse])
    trace?("tokens", tokens)
    trace?("image", channelsFirst(image.cells, side: configuration.grid))
    trace?("positions", channelsFirst(positions, side: configuration.grid))
    let result = transformer(tokens: tokens, image: image, positions: positions, trace: trace)
    let iou = iouHead(result.tokens[0..<1]).values
    if let trace {
      upscaling.trace(result.cells, side: configuration.grid, trace)
      for (index, network) in hypernetworks.enumerated() {
        trace["hypernetwork"]("\(index)", network(result.tokens[index + 1..<index + 2])[0])
      }
      trace("iou", Tensor([iou.count], iou))
    }
    let chosen = multimask ? 1..<configuration.maskTokens : 0..<1
    let weights = Tensor.concatenated(
      chosen.map { hypernetworks[$0](result.tokens[$0 + 1..<$0 + 2]) })  // [K, D / 8]
    return (draw(result.cells, weights), Array(iou[chosen]))
  }

  /// Masks as the products of upscaled pixels and mask weights, a few rows of cells at a time.
  ///
  /// Shapes: `cells [g g, D]`, `weights [K, D / 8]` → `[K, 4g, 4g]`.
  private func draw(_ cells: Tensor, _ weights: Tensor) -> Tensor {
    let grid = configuration.grid
    let side = 4 * grid
    let masks = weights.shape[0]
    return .filled([masks, side, side]) { out in
      Parallel.forEachRange(grid, size: max(1, 128 / grid)) { rows in
        let count = rows.count * grid
        let pixels = upscaling(cells[rows.lowerBound * grid..<rows.upperBound * grid])
        let products = Linear(weight: pixels.reshaped([count * 16, upscaling.channels]), bias: nil)(weights)
        withBase(products) { products in
          for mask in 0..<masks {
            for cell in 0..<count {
              let source = products + (mask * count + cell) * 16
              let corner = (mask * side + (rows.lowerBound + cell / grid) * 4) * side + cell % grid * 4
              for place in 0..<16 {
                let pixel = MaskUpscaling.pixel(place)
                out[corner + pixel.y * side + pixel.x] = source[place]
              }
            }
          }
        }
      }
    }
  }
}
