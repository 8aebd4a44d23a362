import DINOv2
import Files

/// The configuration of a DINO encoder from its shapes, and its shapes from the configuration
/// (dinov2/models/vision_transformer.py, dino/vision_transformer.py).
extension DINOConfiguration {
  /// Heads of the published models by width: ViT-Ti, S, B, L, g.
  static let publishedHeads = [192: 3, 384: 6, 768: 12, 1024: 16, 1536: 24]

  /// - Parameter heads: the number of heads, which no shape tells; if nil that of the published model of
  ///   this width.
  /// - Throws: `Failure` that names the tensor that is missing or has an impossible shape.
  init(inferredFrom table: ShapeTable, heads givenHeads: Int?) throws {
    let patch = try table.shape("patch_embed.proj.weight", rank: 4)
    let width = patch[0]
    guard patch[1] == 3, patch[2] == patch[3] else {
      throw table.refusal("tensor 'patch_embed.proj.weight' has shape \(patch), expected [C, 3, P, P]")
    }
    let positions = try table.shape("pos_embed", rank: 3)
    guard positions[0] == 1, let grid = side(ofSquare: positions[1] - 1) else {
      throw table.refusal("tensor 'pos_embed' has shape \(positions), expected [1, 1 + g * g, \(width)]")
    }
    let depth = try table.count("blocks", member: "norm1.weight")
    guard depth > 0 else { throw table.refusal("lacks the tensor 'blocks.0.norm1.weight'") }
    let gated = table.has("blocks.0.mlp.w12.weight")
    let hiddenName = gated ? "blocks.0.mlp.w12.weight" : "blocks.0.mlp.fc1.weight"
    let hidden = try table.shape(hiddenName, rank: 2)[0]
    guard !gated || hidden % 2 == 0 else {
      throw table.refusal("tensor '\(hiddenName)' has \(hidden) rows, expected an even number")
    }
    let registers = table.has("register_tokens") ? try table.shape("register_tokens", rank: 3)[1] : 0
    let scaled = table.has("blocks.0.ls1.gamma")
    self.init(
      family: scaled || registers > 0 || gated ? .dinov2 : .dino, patchSize: patch[2], width: width,
      depth: depth,
      heads: try Self.heads(givenHeads, width: width, table), feedForward: gated ? .swiglu : .mlp,
      hiddenWidth: gated ? hidden / 2 : hidden, registers: registers, positionGrid: grid)
    layerScale = scaled
  }

  private static func heads(_ given: Int?, width: Int, _ table: ShapeTable) throws -> Int {
    guard let heads = given ?? publishedHeads[width] else {
      throw Failure(
        .usage, path: table.path,
        "has width \(width), which no published model has, and its shapes do not tell the number of heads",
        remedy: "give it with --heads N")
    }
    guard heads > 0, width % heads == 0 else {
      throw Failure(.usage, path: table.path, "has width \(width), which \(heads) heads do not divide")
    }
    return heads
  }

  /// All parameters of the model, in the order of the official state dict.
  public var parameters: [Parameter] {
    var all = [Parameter("cls_token", [1, 1, width])]
    all.append(Parameter("pos_embed", [1, 1 + positionGrid * positionGrid, width]))
    if registers > 0 { all.append(Parameter("register_tokens", [1, registers, width])) }
    all += Parameter.convolution("patch_embed.proj", in: 3, out: width, side: patchSize)
    for index in 0..<depth {
      let block = "blocks.\(index)"
      all += Parameter.norm("\(block).norm1", width)
      all += Parameter.linear("\(block).attn.qkv", in: width, out: 3 * width)
      all += Parameter.linear("\(block).attn.proj", in: width, out: width)
      if layerScale { all.append(Parameter("\(block).ls1.gamma", [width])) }
      all += Parameter.norm("\(block).norm2", width)
      switch feedForward {
      case .mlp:
        all += Parameter.linear("\(block).mlp.fc1", in: width, out: hiddenWidth)
        all += Parameter.linear("\(block).mlp.fc2", in: hiddenWidth, out: width)
      case .swiglu:
        all += Parameter.linear("\(block).mlp.w12", in: width, out: 2 * hiddenWidth)
        all += Parameter.linear("\(block).mlp.w3", in: hiddenWidth, out: width)
      }
      if layerScale { all.append(Parameter("\(block).ls2.gamma", [width])) }
    }
    return all + Parameter.norm("norm", width)
  }
}
