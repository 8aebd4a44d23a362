import Files

/// The sizes and settings of a DINOv2 or DINO v1 encoder: what the code needs beyond the weights themselves.
///
/// Stored as JSON under `cryosam.config` in the metadata of a weights file. Epsilon, antialiasing and offset of
/// the originals live only here (dinov2/models/vision_transformer.py, dinov2/hub/backbones.py).
public struct DINOConfiguration: Codable, Sendable, Equatable {
  public enum Family: String, Codable, Sendable { case dinov2, dino }
  public enum FeedForward: String, Codable, Sendable { case mlp, swiglu }

  public var family: Family
  public var patchSize: Int
  /// Token width C.
  public var width: Int
  public var depth: Int
  public var heads: Int
  public var feedForward: FeedForward
  /// Hidden width of the feed-forward layer (for SwiGLU of one of its two halves).
  public var hiddenWidth: Int
  public var registers: Int
  /// Side of the square position table.
  public var positionGrid: Int
  public var layerScale: Bool
  /// Whether the position table is resized with antialiasing and by output size (register models), or without
  /// and by a scale factor that `interpolateOffset` enters.
  public var interpolateAntialias: Bool
  public var interpolateOffset: Double
  public var normEpsilon: Float
  /// Side of the input that the model is meant for; nil: as large as the published models' usual one.
  public var inputSide: Int?

  enum CodingKeys: String, CodingKey {
    case family, width, depth, heads, registers
    case patchSize = "patch_size"
    case feedForward = "feed_forward"
    case hiddenWidth = "hidden_width"
    case positionGrid = "position_grid"
    case layerScale = "layer_scale"
    case interpolateAntialias = "interpolate_antialias"
    case interpolateOffset = "interpolate_offset"
    case normEpsilon = "norm_epsilon"
    case inputSide = "input_side"
  }

  public init(
    family: Family, patchSize: Int, width: Int, depth: Int, heads: Int, feedForward: FeedForward = .mlp,
    hiddenWidth: Int, registers: Int = 0, positionGrid: Int
  ) {
    self.family = family
    self.patchSize = patchSize
    self.width = width
    self.depth = depth
    self.heads = heads
    self.feedForward = feedForward
    self.hiddenWidth = hiddenWidth
    self.registers = registers
    self.positionGrid = positionGrid
    layerScale = family == .dinov2
    interpolateAntialias = registers > 0
    interpolateOffset = registers > 0 ? 0 : 0.1
    normEpsilon = 1e-6
  }

  /// Side of the input where the user gives none: the model's own, or else the paper's 518 (37 patches of 14) or the
  /// next smaller multiple of the patch size.
  public var usualInputSide: Int { inputSide ?? max(1, 518 / patchSize) * patchSize }

  /// The side of the input: the user's choice, or else the model's own.
  ///
  /// - Throws: `Failure` that names `option`, if the choice is no multiple of the patch size.
  public func inputSide(_ chosen: Int?, option: String) throws -> Int {
    let side = chosen ?? usualInputSide
    guard side >= patchSize, side % patchSize == 0 else {
      throw Failure(
        .usage, "\(option) \(side) is no multiple of the model's patch size \(patchSize)",
        remedy: "use for example \(max(1, side / patchSize) * patchSize)")
    }
    return side
  }

  /// Refuses sizes that no model can have.
  ///
  /// - Throws: `Failure` naming the file at `path`.
  public func validate(path: String) throws {
    let sizes = [patchSize, width, depth, heads, hiddenWidth, positionGrid]
    guard sizes.allSatisfy({ (1...1 << 20).contains($0) }), width % heads == 0,
      (0...1 << 16).contains(registers), isWhole(inputSide), normEpsilon > 0, normEpsilon.isFinite,
      (0...1).contains(interpolateOffset)
    else {
      throw Failure(
        .badData, path: path, "its model configuration has sizes that do not fit together",
        remedy: "convert the original checkpoint again")
    }
  }

  /// Whether an input of this side is made of whole patches.
  public func isWhole(_ side: Int?) -> Bool {
    side.map { (1...4096).contains($0) && $0 % patchSize == 0 } ?? true
  }

  /// DINOv2 ViT-L/14 with 4 registers, the default of CryoSAM.
  public static let vitL14Registers = DINOConfiguration(
    family: .dinov2, patchSize: 14, width: 1024, depth: 24, heads: 16, hiddenWidth: 4096, registers: 4,
    positionGrid: 37)
}
