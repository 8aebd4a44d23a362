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

  /// The naming and the prefix of `names`.
  ///
  /// Of a DINO training checkpoint with a student and a teacher the teacher is taken, as the official
  /// evaluation does.
  ///
  /// - Throws: `Failure` if no model is recognised, or several are.
  static func detect(_ names: [String], path: String) throws -> (Naming, prefix: String) {
    for naming in allCases {
      let signature = naming.signature
      var prefixes = names.filter { $0 == signature || $0.hasSuffix(".\(signature)") }
        .map { String($0.dropLast(signature.count)) }
      if prefixes.count > 1 {
        let teachers = prefixes.filter { $0.hasPrefix("teacher.") }
        if teachers.count == 1, prefixes.allSatisfy({ $0.hasPrefix("teacher.") || $0.hasPrefix("student.") })
        {
          prefixes = teachers
        }
      }
      if prefixes.count > 1 {
        let list = prefixes.map { "'\($0)'" }.joined(separator: ", ")
        throw Failure(
          .badData, path: path, "holds \(prefixes.count) models, under \(list)",
          remedy: "save one state dict alone: torch.save(torch.load(PATH)[KEY], NEW)")
      }
      if let prefix = prefixes.first { return (naming, prefix) }
    }
    throw Failure(
      .badData, path: path,
      "is no DINOv2, DINO or Segment Anything model: no tensor is called patch_embed.proj.weight or as "
        + "transformers calls it",
      remedy: "give the state dict of a whole model")
  }
}

/// What becomes of one tensor of a checkpoint.
enum Destination: Equatable {
  /// It is the parameter of this official name.
  case parameter(String)
  /// It is part `index` of `count` along the first axis of the parameter of this official name.
  case part(String, index: Int, count: Int)
  /// It is known and not needed, for this reason.
  case unused(String)
}
