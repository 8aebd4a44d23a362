import NN
import ViT

/// SAM's image encoder: a vision transformer with windowed and global attention, and a convolutional neck.
///
/// Shapes, for grid side g: `pixels [3, S, S]` → `[g, g, D]`, channels last.
/// Source: segment_anything/modeling/image_encoder.py.
struct ImageEncoder: Sendable {
  private let patchEmbedding: PatchEmbedding
  private let positions: Tensor  // [g g, C]
  private let blocks: [TransformerBlock<WindowAttention>]
  private let neck: Neck
  private let grid: Int
  private let padding: PaddingTokens

  /// Reads the parameters under `image_encoder`.
  ///
  /// - Parameter precision: what the blocks' linear layers compute with.
  init(_ scope: WeightScope, _ configuration: SAMConfiguration, precision: Precision) throws {
    let (width, grid) = (configuration.width, configuration.grid)
    self.grid = grid
    padding = PaddingTokens(configuration)
    patchEmbedding = try PatchEmbedding(
      scope["patch_embed"], patchSize: configuration.patchSize, width: width)
    positions = try scope.tensor("pos_embed", shape: [1, grid, grid, width]).reshaped([grid * grid, width])
    blocks = try (0..<configuration.depth).map { index in
      let block = scope["blocks"][index].with(precision)
      return try TransformerBlock(
        block, width: width, epsilon: configuration.encoderNormEpsilon, layerScale: false,
        mixer: try WindowAttention(
          block["attn"], width: width, heads: configuration.heads, window: configuration.windows[index],
          grid: grid),
        feedForward: .mlp(
          try MLP(block["mlp"], width: width, hidden: configuration.hiddenWidth, names: ("lin1", "lin2"))))
    }
    neck = try Neck(scope["neck"], configuration)
  }

  /// Encodes a normalised, padded image.
  ///
  /// What is the same for all images of a shape (`PaddingTokens`) is computed once, and the result is the same, byte for
  /// byte. With a `trace` all is computed.
  ///
  /// - Parameter imageRows: the rows of `pixels` that are image, and not padding.
  /// `trace` gets `input`, `patch_embedding`, `tokens` (the input of block 0), each block's parts and its output
  /// `block.0` ..., each `[g, g, C]`, and the neck's parts, `[D, g, g]`.
  func callAsFunction(_ pixels: Tensor, imageRows: Int, trace: Trace? = nil) -> Tensor {
    trace?("input", pixels)
    let onGrid = trace?.with(rows: [grid, grid])
    let below = trace == nil ? padding.below(imageRows: imageRows) : nil
    let wanted = below?.tokens.wanted
    let patches = patchEmbedding(pixels, wanted: wanted)
    onGrid?("patch_embedding", patches)
    var tokens = patches + positions
    onGrid?(whole: "tokens", tokens)
    for (index, block) in blocks.enumerated() {
      tokens = block(
        tokens, wanted: index < padding.blocks ? wanted : nil,
        commonQKV: index == padding.blocks ? below?.qkv : nil, trace: onGrid?["block"][index])
      if index == padding.blocks - 1, let below { tokens = below.tokens.completed(tokens) }
      onGrid?(whole: "block.\(index)", tokens)
    }
    return neck(tokens, trace: trace?["neck"])
  }
}
