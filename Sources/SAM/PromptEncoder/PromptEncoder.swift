import NN

/// SAM's prompt encoder: points and boxes become sparse tokens, a mask becomes a dense embedding.
///
/// Source: segment_anything/modeling/prompt_encoder.py.
public struct PromptEncoder: Sendable {
  private let configuration: SAMConfiguration
  private let encoding: PositionEncoding
  private let pointEmbeddings: [[Float]]  // 4 x [D]: background, foreground, box corners
  private let notAPoint: [Float]
  private let noMask: Tensor
  private let maskDownscaling: MaskDownscaling
  /// The positions of the image embedding's cells, `[g g, D]`.
  public let densePositions: Tensor

  /// Reads the parameters under `prompt_encoder`.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    let width = configuration.decoderWidth
    self.configuration = configuration
    encoding = try PositionEncoding(scope["pe_layer"], width: width)
    pointEmbeddings = try (0..<4).map { index in
      try scope["point_embeddings"][index].tensor("weight", shape: [1, width]).values
    }
    notAPoint = try scope["not_a_point_embed"].tensor("weight", shape: [1, width]).values
    noMask = try scope["no_mask_embed"].tensor("weight", shape: [1, width])[0]
    maskDownscaling = try MaskDownscaling(scope["mask_downscaling"], configuration)
    densePositions = encoding.grid(side: configuration.grid)
  }

  /// The tokens of points and box, `[T, D]`, for coordinates in pixels of the S x S input.
  ///
  /// Without a box one padding point is added, as the original does.
  public func sparse(points: [Prompt.Point], box: Prompt.Box?) -> Tensor {
    let width = configuration.decoderWidth
    var tokens = points.map { (x: $0.x, y: $0.y, kind: TokenKind(label: $0.label)) }
    if !points.isEmpty && box == nil { tokens.append((0, 0, .padding)) }
    if let box { tokens += [(box.x0, box.y0, .embedded(2)), (box.x1, box.y1, .embedded(3))] }
    return Tensor([tokens.count, width]) { out in
      for (index, token) in tokens.enumerated() {
        let start = index * width
        if case .padding = token.kind {
          for channel in 0..<width { out[start + channel] = notAPoint[channel] }
          continue
        }
        encoding.encode(x: fraction(token.x), y: fraction(token.y), into: out[start..<start + width])
        if case .embedded(let kind) = token.kind {
          for channel in 0..<width { out[start + channel] += pointEmbeddings[kind][channel] }
        }
      }
    }
  }

  /// What is added to a token's position: an embedding (0 background, 1 foreground, 2 and 3 box corners), nothing for
  /// labels the model does not know, or, for padding, `not_a_point` in place of all.
  private enum TokenKind {
    case padding
    case embedded(Int)
    case bare

    init(label: Int) {
      self = label == -1 ? .padding : label == 0 || label == 1 ? .embedded(label) : .bare
    }
  }

  /// The dense embedding of a low-resolution mask `[4g, 4g]`: `[g g, D]`.
  public func dense(mask: Tensor) -> Tensor { maskDownscaling(mask) }

  /// The input of the last layer that makes the dense embedding, `[g g, M]`, and that layer, `[D, M]`.
  func maskFeatures(_ mask: Tensor) -> Tensor { maskDownscaling.features(mask) }
  var maskEmbedding: Linear { maskDownscaling.last }

  /// Records the sparse tokens, and the dense embedding, which is otherwise never made: `sparse [T, D]`,
  /// `mask_features [M, g, g]` and `dense [D, g, g]`.
  func trace(_ sparse: Tensor, maskFeatures: Tensor?, _ trace: Trace) {
    let side = configuration.grid
    if sparse.shape[0] > 0 { trace("sparse", sparse) }
    if let maskFeatures { trace("mask_features", channelsFirst(maskFeatures, side: side)) }
    let dense = maskFeatures.map { maskDownscaling.last($0) } ?? noMask.repeated(side * side)
    trace("dense", channelsFirst(dense, side: side))
  }

  /// What stands for the dense embedding everywhere when there is no mask, `[D]`.
  public var noMaskEmbedding: Tensor { noMask }

  /// A pixel coordinate, shifted to the pixel's centre, as a fraction of the input's side.
  private func fraction(_ coordinate: Double) -> Float {
    (Float(coordinate) + 0.5) / Float(configuration.imageSize)
  }
}
