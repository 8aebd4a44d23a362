import Files

/// The sizes of a Segment Anything model: what the code needs beyond the weights themselves.
///
/// Stored as JSON under `cryosam.config` in the metadata of a weights file. The epsilons of the originals live
/// only here (segment_anything/build_sam.py, modeling/*.py).
public struct SAMConfiguration: Codable, Sendable, Equatable {
  /// Always `sam`.
  public var family = "sam"
  /// Side S of the encoder's input, in pixels.
  public var imageSize: Int
  public var patchSize: Int
  /// Token width of the image encoder.
  public var width: Int
  public var depth: Int
  public var heads: Int
  public var hiddenWidth: Int
  /// Window side of each block, in tokens; 0 for global attention.
  public var windows: [Int]
  /// Width of the image embedding and of the decoder.
  public var decoderWidth: Int
  public var decoderDepth: Int
  public var decoderHeads = 8
  public var decoderHiddenWidth: Int
  /// Factor by which the decoder's cross attention narrows its width.
  public var attentionDownsampleRate = 2
  /// Mask tokens of the decoder: one for a single mask, the others for ambiguous prompts.
  public var maskTokens = 4
  public var iouHeadDepth = 3
  public var iouHeadHiddenWidth: Int
  /// Channels of the mask prompt's last convolution but one.
  public var maskChannels = 16
  public var encoderNormEpsilon: Float = 1e-6
  public var decoderNormEpsilon: Float = 1e-5
  public var channelNormEpsilon: Float = 1e-6
  public var pixelMean: [Float] = [123.675, 116.28, 103.53]
  public var pixelDeviation: [Float] = [58.395, 57.12, 57.375]
  /// Logits above this are mask.
  public var maskThreshold: Float = 0

  /// Largest side of the input: four times the published models'.
  static let largestImage = 4096

  /// Side g of the image embedding, in tokens.
  public var grid: Int { imageSize / patchSize }
  /// Side of the low-resolution masks.
  public var lowResolutionSide: Int { 4 * grid }

  enum CodingKeys: String, CodingKey {
    case family, width, depth, heads, windows
    case imageSize = "image_size"
    case patchSize = "patch_size"
    case hiddenWidth = "hidden_width"
    case decoderWidth = "decoder_width"
    case decoderDepth = "decoder_depth"
    case decoderHeads = "decoder_heads"
    case decoderHiddenWidth = "decoder_hidden_width"
    case attentionDownsampleRate = "attention_downsample_rate"
    case maskTokens = "mask_tokens"
    case iouHeadDepth = "iou_head_depth"
    case iouHeadHiddenWidth = "iou_head_hidden_width"
    case maskChannels = "mask_channels"
    case encoderNormEpsilon = "encoder_norm_epsilon"
    case decoderNormEpsilon = "decoder_norm_epsilon"
    case channelNormEpsilon = "channel_norm_epsilon"
    case pixelMean = "pixel_mean"
    case pixelDeviation = "pixel_std"
    case maskThreshold = "mask_threshold"
  }

  public init(
    imageSize: Int, patchSize: Int, width: Int, depth: Int, heads: Int, hiddenWidth: Int, windows: [Int],
    decoderWidth: Int, decoderDepth: Int, decoderHiddenWidth: Int, iouHeadHiddenWidth: Int
  ) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.width = width
    self.depth = depth
    self.heads = heads
    self.hiddenWidth = hiddenWidth
    self.windows = windows
    self.decoderWidth = decoderWidth
    self.decoderDepth = decoderDepth
    self.decoderHiddenWidth = decoderHiddenWidth
    self.iouHeadHiddenWidth = iouHeadHiddenWidth
  }

  /// Refuses sizes that no model can have.
  ///
  /// - Throws: `Failure` naming the file at `path`.
  public func validate(path: String) throws {
    let sizes = [
      imageSize, patchSize, width, depth, heads, hiddenWidth, decoderWidth, decoderDepth, decoderHeads,
      decoderHiddenWidth, attentionDownsampleRate, iouHeadDepth, iouHeadHiddenWidth,
    ]
    let inRange = sizes.allSatisfy { (1...1 << 20).contains($0) }
    guard inRange, imageSize % patchSize == 0, width % heads == 0, windows.count == depth,
      windows.allSatisfy({ (0...grid).contains($0) }), decoderWidth % 8 == 0, maskTokens > 1,
      maskTokens <= 64,
      maskChannels >= 4, maskChannels % 4 == 0, maskChannels <= 1 << 20,
      decoderWidth % attentionDownsampleRate == 0, decoderWidth / attentionDownsampleRate % decoderHeads == 0,
      decoderWidth % decoderHeads == 0, pixelMean.count == 3, pixelDeviation.count == 3,
      imageSize <= Self.largestImage,
      (pixelMean + [maskThreshold]).allSatisfy(\.isFinite),
      (pixelDeviation + [encoderNormEpsilon, decoderNormEpsilon, channelNormEpsilon]).allSatisfy({
        $0 > 0 && $0.isFinite
      })
    else {
      throw Failure(
        .badData, path: path, "its model configuration has sizes that do not fit together",
        remedy: "convert the original checkpoint again")
    }
  }

  /// An official encoder: windows of 14 but for the `global` blocks.
  private static func official(width: Int, depth: Int, heads: Int, global: Set<Int>) -> SAMConfiguration {
    SAMConfiguration(
      imageSize: 1024, patchSize: 16, width: width, depth: depth, heads: heads, hiddenWidth: 4 * width,
      windows: (0..<depth).map { global.contains($0) ? 0 : 14 }, decoderWidth: 256, decoderDepth: 2,
      decoderHiddenWidth: 2048, iouHeadHiddenWidth: 256)
  }
  public static let vitH = official(width: 1280, depth: 32, heads: 16, global: [7, 15, 23, 31])
  public static let vitL = official(width: 1024, depth: 24, heads: 16, global: [5, 11, 17, 23])
  public static let vitB = official(width: 768, depth: 12, heads: 12, global: [2, 5, 8, 11])
}
