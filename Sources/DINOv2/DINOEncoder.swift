import Files
import NN
import ViT

/// DINOv2 (any size, with or without registers, MLP or SwiGLU) and DINO v1: an image in, one feature vector for each
/// patch out.
///
/// Source: dinov2/models/vision_transformer.py, dino/vision_transformer.py (`get_intermediate_layers` aside).
public struct DINOEncoder: Sendable {
  public let configuration: DINOConfiguration
  private let patchEmbedding: PatchEmbedding
  private let positions: PositionEmbedding
  private let classToken: Tensor  // [1, C]
  private let registers: Tensor?  // [R, C]
  private let blocks: [TransformerBlock<SelfAttention>]
  private let norm: LayerNorm

  /// Reads a weights file that `convert-weights` wrote.
  ///
  /// - Parameter precision: what the blocks' linear layers compute with.
  /// - Throws: `Failure` when the file is not a DINO model, or a tensor is missing, misshapen or unexpected.
  public init(_ file: SafetensorsFile, precision: Precision = .float32) throws {
    try MatrixLibrary.check()
    try precision.check()
    let configuration = try Self.configuration(file)
    let scope = WeightScope(file)
    let width = configuration.width
    self.configuration = configuration
    patchEmbedding = try PatchEmbedding(
      scope["patch_embed"], patchSize: configuration.patchSize, width: width)
    positions = try PositionEmbedding(scope, configuration)
    classToken = try scope.tensor("cls_token", shape: [1, 1, width])[0]
    registers =
      configuration.registers > 0
      ? try scope.tensor("register_tokens", shape: [1, configuration.registers, width])[0] : nil
    blocks = try (0..<configuration.depth).map { index in
      try Self.block(scope["blocks"][index].with(precision), configuration)
    }
    norm = try LayerNorm(scope["norm"], width: width, epsilon: configuration.normEpsilon)
    try scope.expectAllRead(except: ["mask_token"])
  }

  /// The model's configuration alone.
  ///
  /// - Throws: `Failure` when the file is not a DINO model, or has impossible sizes.
  public static func configuration(_ file: SafetensorsFile) throws -> DINOConfiguration {
    guard ["dinov2", "dino"].contains(try file.family()) else {
      throw Failure(
        .badData, path: file.path, "holds a model of the family '\(try file.family())', not DINOv2 or DINO",
        remedy: "give the weights of the feature encoder here")
    }
    let configuration: DINOConfiguration = try file.configuration()
    try configuration.validate(path: file.path)
    return configuration
  }

  private static func block(
    _ scope: WeightScope, _ configuration: DINOConfiguration
  ) throws -> TransformerBlock<SelfAttention> {
    let (width, hidden) = (configuration.width, configuration.hiddenWidth)
    let feedForward: FeedForward =
      switch configuration.feedForward {
      case .mlp: .mlp(try MLP(scope["mlp"], width: width, hidden: hidden))
      case .swiglu: .swiGLU(try SwiGLU(scope["mlp"], width: width, hidden: hidden))
      }
    return try TransformerBlock(
      scope, width: width, epsilon: configuration.normEpsilon, layerScale: configuration.layerScale,
      mixer: try SelfAttention(scope["attn"], width: width, heads: configuration.heads),
      feedForward: feedForward)
  }

  /// Encodes one image.
  ///
  /// Shapes: `pixels [3, H, W]`, already normalised. For DINOv2, H and W are multiples of the patch size; DINO v1
  /// leaves out what fills no patch. `trace` gets `input`, `patch_embedding`, `tokens` (the input of block 0), and for
  /// each block its parts and its output `block.0` ....
  public func callAsFunction(_ pixels: Tensor, trace: Trace? = nil) -> DINOFeatures {
    trace?("input", pixels)
    let grid = configuration.grid(height: pixels.shape[1], width: pixels.shape[2])
    let patches = patchEmbedding(pixels)
    trace?("patch_embedding", patches)
    var tokens: Tensor = .concatenated([classToken, patches])
    tokens = tokens + positions(rows: grid.rows, columns: grid.columns)
    if let registers {
      tokens = .concatenated([tokens[0..<1], registers, tokens[1..<tokens.shape[0]]])
    }
    trace?(whole: "tokens", tokens)
    for (index, block) in blocks.enumerated() {
      tokens = block(tokens, trace: trace?["block"][index])
      trace?(whole: "block.\(index)", tokens)
    }
    let normed = norm(tokens)
    let first = 1 + configuration.registers
    return DINOFeatures(
      classToken: normed[0], registerTokens: normed[1..<first], patchTokens: normed[first..<normed.shape[0]],
      rows: grid.rows, columns: grid.columns)
  }
}

/// The normalised output tokens of an image.
public struct DINOFeatures: Sendable {
  /// `[C]`
  public let classToken: Tensor
  /// `[R, C]`
  public let registerTokens: Tensor
  /// `[rows · columns, C]`, row-major.
  public let patchTokens: Tensor
  /// The patch grid.
  public let rows: Int
  public let columns: Int
}

extension DINOConfiguration {
  /// The patches of an image of `height` x `width` pixels.
  public func grid(height: Int, width: Int) -> (rows: Int, columns: Int) {
    (height / patchSize, width / patchSize)
  }
}
