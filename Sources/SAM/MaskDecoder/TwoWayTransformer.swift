import NN

/// The decoder's transformer: prompt tokens attend to the image, and the image to the tokens.
///
/// Shapes, for T tokens and N cells of the image: `tokens [T, D]`, `image [N, D]` → the same.
/// Source: segment_anything/modeling/transformer.py.
struct TwoWayTransformer: Sendable {
  private let layers: [TwoWayLayer]
  private let finalAttention: DecoderAttention
  private let finalNorm: LayerNorm

  /// Reads `layers`, `final_attn_token_to_image` and `norm_final_attn`.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration) throws {
    layers = try (0..<configuration.decoderDepth).map { index in
      try TwoWayLayer(scope["layers"][index], configuration, isFirst: index == 0)
    }
    finalAttention = try DecoderAttention(
      scope["final_attn_token_to_image"], width: configuration.decoderWidth,
      heads: configuration.decoderHeads,
      downsample: configuration.attentionDownsampleRate)
    finalNorm = try LayerNorm(
      scope["norm_final_attn"], width: configuration.decoderWidth, epsilon: configuration.decoderNormEpsilon)
  }

  /// The image as the first layer sees it, with the projections that do not depend on the tokens.
  func prepared(_ image: Tensor, positions: Tensor) -> ImageSide {
    let withPositions = image + positions
    let first = layers[0]
    return ImageSide(
      cells: image, withPositions: withPositions,
      projections: ImageSide.Projections(
        keys: first.tokensToImage.key(withPositions), values: first.tokensToImage.value(image),
        queries: first.imageToTokens.query(withPositions)))
  }

  /// How a mask prompt is added to what `prepared` made; `maskEmbedding` is the last layer of its convolutions.
  func folding(_ maskEmbedding: Linear) -> MaskFolding { MaskFolding(maskEmbedding, layers[0]) }

  /// `trace` gets the parts of each layer, `final_attention` and `final_norm`.
  func callAsFunction(tokens prompt: Tensor, image: ImageSide, positions: Tensor, trace: Trace? = nil) -> (
    tokens: Tensor, cells: Tensor
  ) {
    var (tokens, image) = (prompt, image)
    for (index, layer) in layers.enumerated() {
      (tokens, image) = layer(
        tokens: tokens, image: image, tokenPositions: prompt, imagePositions: positions,
        trace: trace?["layer"][index])
    }
    let mixed = finalAttention.fromTokens(
      tokens + prompt, to: image, addedTo: tokens, trace: trace, "final_attention")
    let normed = finalNorm(mixed)
    trace?("final_norm", normed)
    return (normed, image.cells)
  }
}

/// One layer: self-attention of the tokens, tokens to image, MLP, image to tokens; each followed by its norm.
struct TwoWayLayer: Sendable {
  private let selfAttention: DecoderAttention
  private let norm1: LayerNorm
  let tokensToImage: DecoderAttention
  private let norm2: LayerNorm
  private let expand: Linear
  private let contract: Linear
  private let norm3: LayerNorm
  let imageToTokens: DecoderAttention
  private let norm4: LayerNorm
  /// The first layer's self-attention sees no positions and replaces the tokens.
  private let isFirst: Bool

  init(_ scope: WeightScope, _ configuration: SAMConfiguration, isFirst: Bool) throws {
    let width = configuration.decoderWidth
    let heads = configuration.decoderHeads
    let epsilon = configuration.decoderNormEpsilon
    let rate = configuration.attentionDownsampleRate
    selfAttention = try DecoderAttention(scope["self_attn"], width: width, heads: heads, downsample: 1)
    norm1 = try LayerNorm(scope["norm1"], width: width, epsilon: epsilon)
    tokensToImage = try DecoderAttention(
      scope["cross_attn_token_to_image"], width: width, heads: heads, downsample: rate)
    norm2 = try LayerNorm(scope["norm2"], width: width, epsilon: epsilon)
    expand = try Linear(scope["mlp"]["lin1"], in: width, out: configuration.decoderHiddenWidth)
    contract = try Linear(scope["mlp"]["lin2"], in: configuration.decoderHiddenWidth, out: width)
    norm3 = try LayerNorm(scope["norm3"], width: width, epsilon: epsilon)
    imageToTokens = try DecoderAttention(
      scope["cross_attn_image_to_token"], width: width, heads: heads, downsample: rate)
    norm4 = try LayerNorm(scope["norm4"], width: width, epsilon: epsilon)
    self.isFirst = isFirst
  }

  /// `trace` gets what each attention and the MLP add, and what each norm makes of the sums.
  func callAsFunction(
    tokens: Tensor, image: ImageSide, tokenPositions: Tensor, imagePositions: Tensor, trace: Trace? = nil
  ) -> (tokens: Tensor, image: ImageSide) {
    var tokens = tokens
    let withPositions = isFirst ? tokens : tokens + tokenPositions
    tokens = selfAttention(
      q: withPositions, k: withPositions, v: tokens, addedTo: isFirst ? nil : tokens, trace: trace,
      "self_attention")
    tokens = norm1(tokens)
    trace?("norm1", tokens)
    tokens = norm2(
      tokensToImage.fromTokens(
        tokens + tokenPositions, to: image, addedTo: tokens, trace: trace, "token_to_image"))
    trace?("norm2", tokens)
    let hidden = expand(tokens, then: .relu)
    trace?("hidden", hidden)
    trace?("mlp", contract(hidden))
    tokens = norm3(contract(hidden, then: .residual(tokens, scale: nil)))
    trace?("norm3", tokens)
    let image = imageToTokens.fromImage(
      image, toKeys: tokens + tokenPositions, values: tokens, norm: norm4, positions: imagePositions,
      trace: trace, "image_to_token")
    trace?("norm4", image.cells)
    return (tokens, image)
  }
}
