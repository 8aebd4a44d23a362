/// Official names of the DINO encoders, for every name in which their parameters come.
///
/// - Official: `facebookresearch/dinov2` and `facebookresearch/dino`; blocks in chunks (`blocks.0.3.norm1.weight`,
///   as models are trained) become plain ones.
/// - `transformers` (`Dinov2Model`, `Dinov2WithRegistersModel`, `ViTModel`): the names on its hub and in version
///   4, and the modules' names since version 5.
enum DINONames {
  /// Where the tensor `name`, without its prefix, goes; nil if it is unknown.
  static func official(_ name: String) -> Destination? {
    if let unused = unused(name) { return unused }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if parts.count > 3, parts[0] == "blocks", Int(parts[1]) != nil, Int(parts[2]) != nil {
      return .parameter((["blocks"] + parts[2...]).joined(separator: "."))
    }
    return .parameter(name)
  }

  static func transformers(_ name: String) -> Destination? {
    if let unused = unused(name) { return unused }
    if let official = whole[name] { return .parameter(official) }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let rest: ArraySlice<String>
    if parts.starts(with: ["encoder", "layer"]) || parts.starts(with: ["encoder", "layers"]) {
      rest = parts.dropFirst(2)
    } else if parts.starts(with: ["layers"]) || parts.starts(with: ["layer"]) {
      rest = parts.dropFirst(1)
    } else {
      return nil
    }
    guard let index = rest.first.flatMap({ Int($0) }), let kind = rest.last else { return nil }
    let block = "blocks.\(index)"
    let inner = rest.dropFirst().dropLast().joined(separator: ".")
    if kind == "lambda1" {
      return scales[inner].map { .parameter("\(block).\($0).gamma") }
    }
    guard kind == "weight" || kind == "bias" else { return nil }
    if let layer = layers[inner] { return .parameter("\(block).\(layer).\(kind)") }
    if let (layer, index, count) = pieces[inner] {
      return .part("\(block).\(layer).\(kind)", index: index, count: count)
    }
    return nil
  }

  /// Parameters that feature extraction does not use, known by name.
  private static func unused(_ name: String) -> Destination? {
    let first = name.split(separator: ".").first.map(String.init) ?? name
    return switch first {
    case "mask_token": .unused("the mask token serves training only")
    case "head", "dino_head", "ibot_head", "linear_head", "classifier": .unused("heads are not needed")
    case "pooler": .unused("DINO has no pooler")
    case "embeddings" where name == "embeddings.mask_token": .unused("the mask token serves training only")
    default: nil
    }
  }

  private static let whole = [
    "embeddings.cls_token": "cls_token",
    "embeddings.position_embeddings": "pos_embed",
    "embeddings.register_tokens": "register_tokens",
    "embeddings.patch_embeddings.projection.weight": "patch_embed.proj.weight",
    "embeddings.patch_embeddings.projection.bias": "patch_embed.proj.bias",
    "layernorm.weight": "norm.weight",
    "layernorm.bias": "norm.bias",
  ]

  private static let scales = ["layer_scale1": "ls1", "layer_scale2": "ls2"]

  /// Layers of a block that correspond one to one.
  private static let layers = [
    "norm1": "norm1", "norm2": "norm2", "layernorm_before": "norm1", "layernorm_after": "norm2",
    "attention.output.dense": "attn.proj", "attention.o_proj": "attn.proj",
    "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2",
    "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
    "mlp.weights_in": "mlp.w12", "mlp.weights_out": "mlp.w3", "mlp.down_proj": "mlp.w3",
  ]

  /// Layers that the official models hold as one, stacked: queries, keys and values; the SwiGLU's gate and value.
  private static let pieces: [String: (layer: String, index: Int, count: Int)] = [
    "attention.attention.query": ("attn.qkv", 0, 3), "attention.q_proj": ("attn.qkv", 0, 3),
    "attention.attention.key": ("attn.qkv", 1, 3), "attention.k_proj": ("attn.qkv", 1, 3),
    "attention.attention.value": ("attn.qkv", 2, 3), "attention.v_proj": ("attn.qkv", 2, 3),
    "mlp.gate_proj": ("mlp.w12", 0, 2), "mlp.up_proj": ("mlp.w12", 1, 2),
  ]
}
