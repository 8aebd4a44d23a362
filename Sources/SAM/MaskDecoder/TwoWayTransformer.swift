import NN

/// The decoder's transformer: prompt tokens attend to the image, and the image to the tokens.
///
/// Shapes, for T tokens and a grid of g x g cells: `tokens [T, D]`, `image [g g, D]` → the same.
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

  func callAsFunction(tokens prompt: Tensor, image: Tensor, imagePositions: Tensor) -> (
    tokens: Tensor, image: Tensor
  ) {
    var (tokens, image) = (prompt, image)
    for layer in layers {
      (tokens, image) = layer(
        tokens: tokens, image: image, tokenPositions: prompt, imagePositions: imagePositions)
    }
    let attended = finalAttention(q: tokens + prompt, k: image + imagePositions, v: image, addedTo: tokens)
    return (finalNorm(attended), image)
  }
}

/// One layer: self-attention of the tokens, tokens to image, MLP, image to tokens; each followed by its norm.
struct TwoWayLayer: Sendable {
  private let selfAttention: DecoderAttention
  private let norm1: LayerNorm
  private let tokensToImage: DecoderAttention
  private let norm2: LayerNorm
  private let expand: Linear
  private let contract: Linear
  private let norm3: LayerNorm
  private let imageToTokens: DecoderAttention
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

  func callAsFunction(
    tokens: Tensor, image: Tensor, tokenPositions: Tensor, imagePositions: Tensor
  ) -> (tokens: Tensor, image: Tensor) {
    var tokens = tokens
    if isFirst {
      tokens = selfAttention(q: tokens, k: tokens, v: tokens)
    } else {
      let placed = tokens + tokenPositions
      tokens = selfAttention(q: placed, k: placed, v: tokens, addedTo: tokens)
    }
    tokens = norm1(tokens)

    let placedImage = image + imagePositions
    tokens = norm2(tokensToImage(q: tokens + tokenPositions, k: placedImage, v: image, addedTo: tokens))
    tokens = norm3(contract(expand(tokens, then: .relu), then: .residual(tokens, scale: nil)))
    let placedTokens = tokens + tokenPositions
    let image = norm4(imageToTokens(q: placedImage, k: placedTokens, v: tokens, addedTo: image))
    return (tokens, image)
  }
}
