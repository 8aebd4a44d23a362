import Files

/// Models that are taken for those that are read, or given in their place by mistake, and how each is known: by names
/// that none of ours has.
struct NeighbouringModel {
  /// `SAM 2`
  let name: String
  /// Parts of names, with a dot before each and behind it: one of them is enough.
  let marks: [String]
  let isEncoder: Bool

  /// The first that fits is meant: what has others' parts comes before those.
  private static let all: [NeighbouringModel] = [
    sam("SAM 3", ".vision_backbone.", ".language_backbone.", ".detector_model.", ".tracker_model."),
    sam(
      "HQ-SAM", ".mask_decoder.hf_token.", ".mask_decoder.hf_mlp.", ".mask_decoder.hq_token.",
      ".mask_decoder.hq_mask_mlp.", ".mask_decoder.compress_vit_feat.", ".sam_mask_decoder.hf_token."),
    sam(
      "SAM 2", ".sam_mask_decoder.", ".sam_prompt_encoder.", ".memory_attention.", ".memory_encoder.",
      ".image_encoder.trunk.", ".maskmem_tpos_enc.", ".vision_encoder.backbone."),
    sam("MobileSAM (TinyViT, vit_t)", ".patch_embed.seq."),
    sam("EfficientViT-SAM", ".image_encoder.backbone.input_stem."),
    sam("EdgeSAM or RepViT-SAM", ".image_encoder.stem.", ".image_encoder.stages."),
    sam("EfficientSAM", ".mask_decoder.transformer.layers.0.mlp.layers."),
    encoder("Grounding DINO, a detector", ".transformer.encoder.fusion_layers.", ".bert.encoder."),
    encoder(
      "DINOv3", ".rope_embed.periods.", ".storage_tokens.", ".embeddings.patch_embeddings.weight.",
      ".attn.qkv.bias_mask."),
    encoder("a ConvNeXt (DINOv3 has some)", ".downsample_layers.", ".dwconv."),
    encoder("a masked autoencoder (MAE)", ".decoder_embed.", ".decoder_pos_embed."),
    encoder("CLIP", ".visual.conv1.", ".vision_model.embeddings.patch_embedding.", ".text_model."),
    encoder("XCiT", ".cls_attn_blocks."),
    encoder("a ResNet", ".layer1.0.conv1."),
    encoder("a YOLO (FastSAM is one)", ".model.0.conv."),
  ]

  private static func sam(_ name: String, _ marks: String...) -> NeighbouringModel {
    NeighbouringModel(name: name, marks: marks, isEncoder: false)
  }

  private static func encoder(_ name: String, _ marks: String...) -> NeighbouringModel {
    NeighbouringModel(name: name, marks: marks, isEncoder: true)
  }

  /// What to say of a checkpoint with tensors of these names, of which no model that is read could be made; nil if
  /// nothing is known of it.
  static func refusal(_ names: [String], path: String) -> Failure? {
    let dotted = names.map { ".\($0)." }
    for model in all {
      guard let index = dotted.firstIndex(where: { name in model.marks.contains { name.contains($0) } })
      else {
        continue
      }
      return Failure(
        .badData, path: path, "is \(model.name) (by '\(names[index])'), which is not read",
        remedy: model.isEncoder ? encoders : segmenters)
    }
    func has(_ part: String) -> Bool { dotted.contains { $0.contains(part) } }
    let (decoder, encoder) = (
      has(".output_hypernetworks_mlps."), has(".image_encoder.") || has(".patch_embed.")
    )
    if decoder, !encoder {
      return Failure(
        .badData, path: path,
        "holds Segment Anything's mask decoder without its image encoder (image_encoder)",
        remedy: "\(segmenters), or the checkpoint that has all of the model")
    }
    if !decoder, has(".attn.rel_pos_h.") {
      return Failure(
        .badData, path: path,
        "holds Segment Anything's image encoder without its mask decoder (mask_decoder)",
        remedy: "\(segmenters), or the checkpoint that has all of the model")
    }
    if decoder, !has(".patch_embed.proj.weight."), !has(".patch_embed.projection.weight.") {
      return Failure(
        .badData, path: path,
        "is a variant of Segment Anything with another image encoder, which is not read",
        remedy: segmenters)
    }
    return nil
  }

  private static let segmenters =
    "take Segment Anything's sam_vit_b, sam_vit_l or sam_vit_h (cryosam weights list)"
  private static let encoders = "take a DINOv2 or DINO, such as dinov2_vitl14_reg (cryosam weights list)"
}
