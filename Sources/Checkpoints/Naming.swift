import Files

/// The kinds of names that checkpoints come with.
///
/// Each is known by the name of its patch embedding, and what stands before that name is the prefix of all
/// parameters (`module.`, `teacher.backbone.`, `dinov2.`).
enum Naming: CaseIterable {
  case officialSAM, transformersSAM, officialDINO, transformersDINO

  private var signature: String {
    switch self {
    case .officialSAM: "image_encoder.patch_embed.proj.weight"
    case .transformersSAM: "vision_encoder.patch_embed.projection.weight"
    case .officialDINO: "patch_embed.proj.weight"
    case .transformersDINO: "embeddings.patch_embeddings.projection.weight"
    }
  }

  /// What a message calls models with these names.
  var description: String {
    switch self {
    case .officialSAM: "Segment Anything, official names"
    case .transformersSAM: "Segment Anything, names of transformers"
    case .officialDINO: "DINO, official names"
    case .transformersDINO: "DINO, names of transformers"
    }
  }

  /// The first parts of the names of all that the model has.
  var modules: Set<String> {
    switch self {
    case .officialSAM: ["image_encoder", "prompt_encoder", "mask_decoder", "pixel_mean", "pixel_std"]
    case .transformersSAM: ["vision_encoder", "prompt_encoder", "mask_decoder", "shared_image_embedding"]
    case .officialDINO:
      ["cls_token", "pos_embed", "register_tokens", "mask_token", "patch_embed", "blocks", "norm", "head"]
    case .transformersDINO: ["embeddings", "encoder", "layer", "layers", "layernorm", "pooler"]
    }
  }

  /// Whether a model is all that has these first parts, so that others beside them change nothing in it. Of DINO
  /// others may (rotary positions, further norms).
  var isClosed: Bool { self == .officialSAM || self == .transformersSAM }

  /// The naming and the prefix of `names`.
  ///
  /// Of two models of which one is the running average of the other that one is taken: the teacher of DINO's
  /// training, as the official evaluation does, and `ema`.
  ///
  /// - Parameter wanted: the prefix to take; nil for that of the only model.
  /// - Throws: `Failure` if no model is recognised, or several are.
  static func detect(
    _ names: [String], wanted: String? = nil, path: String
  ) throws -> (Naming, prefix: String, note: String?) {
    for naming in allCases {
      let signature = naming.signature
      var prefixes = names.filter { $0 == signature || $0.hasSuffix(".\(signature)") }
        .map { String($0.dropLast(signature.count)) }
      if let wanted {
        let dotted = wanted.isEmpty || wanted.hasSuffix(".") ? wanted : wanted + "."
        prefixes = prefixes.filter { $0.hasPrefix(dotted) }
      }
      if prefixes.count > 1 {
        let list =
          prefixes.prefix(5).map { "'\($0)'" }.joined(separator: ", ") + (prefixes.count > 5 ? ", ..." : "")
        let averages = prefixes.filter(isAverage)
        guard let average = averages.first, averages.count == 1, prefixes.count == 2 else {
          throw Failure(
            .badData, path: path, "holds \(prefixes.count) models, under \(list)",
            remedy: "say which with --prefix, for example --prefix \(prefixes[0])")
        }
        return (
          naming, average, "of the models under \(list) the running average is taken; --prefix takes another"
        )
      }
      if let prefix = prefixes.first { return (naming, prefix, nil) }
    }
    if let wanted {
      throw Failure(
        .usage, path: path, "has no model whose names begin with '\(wanted)'",
        remedy: "cryosam info \(path) lists the names")
    }
    throw Failure(
      .badData, path: path,
      "is no DINOv2, DINO or Segment Anything model: no tensor is called patch_embed.proj.weight or as "
        + "transformers calls it",
      remedy: "give the state dict of a whole model")
  }

  /// Whether the model under `prefix` is a running average, by what training programs call it.
  private static func isAverage(_ prefix: String) -> Bool {
    prefix.lowercased().split { $0 == "." || $0 == "_" }.contains {
      ["teacher", "ema", "averaged"].contains($0)
    }
  }
}

/// What becomes of one tensor of a checkpoint.
enum Destination: Equatable {
  /// It is the parameter of this official name.
  case parameter(String)
  /// It is part `index` of `count` along the first axis of the parameter of this official name.
  case part(String, index: Int, count: Int)
  /// It is not needed, for this reason.
  case unused(String)
}
