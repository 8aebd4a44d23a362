import Checkpoints
import Files
import NN
import TestSupport
import Testing

/// Checkpoints of other models, by the names that their tensors have.
@Suite("Other models' checkpoints are named")
struct NeighbouringModelTests {
  static let models: [(names: [String], name: String, remedy: String)] = [
    (
      [
        "detector.backbone.vision_backbone.trunk.patch_embed.proj.weight",
        "tracker.sam_mask_decoder.iou_token.weight",
      ],
      "SAM 3", "sam_vit_b"
    ),
    (
      ["detector_model.vision_encoder.backbone.embeddings.patch_embeddings.projection.weight"], "SAM 3",
      "sam_vit_b"
    ),
    (
      [
        "vision_encoder.backbone.patch_embed.projection.weight",
        "memory_attention.layers.0.layer_norm1.weight",
      ],
      "SAM 2", "sam_vit_b"
    ),
    (["model.image_encoder.trunk.blocks.0.norm1.weight", "model.no_mem_embed"], "SAM 2", "sam_vit_b"),
    (
      ["vision_encoder.patch_embed.projection.weight", "mask_decoder.hq_token.weight"], "HQ-SAM", "sam_vit_b"
    ),
    (
      ["module.image_encoder.patch_embed.seq.0.c.weight", "module.mask_decoder.iou_token.weight"],
      "MobileSAM", "sam_vit_b"
    ),
    (
      ["image_encoder.patch_embed.proj.weight", "mask_decoder.transformer.layers.0.mlp.layers.0.0.weight"],
      "EfficientSAM", "sam_vit_b"
    ),
    (["rope_embed.periods", "patch_embed.proj.weight", "cls_token"], "DINOv3", "dinov2_vitl14_reg"),
    (
      ["embeddings.patch_embeddings.weight", "layer.0.attention.q_proj.weight"], "DINOv3", "dinov2_vitl14_reg"
    ),
    (["patch_embed.proj.weight", "decoder_embed.weight", "decoder_pos_embed"], "MAE", "dinov2_vitl14_reg"),
    (["visual.conv1.weight", "transformer.resblocks.0.ln_1.weight"], "CLIP", "dinov2_vitl14_reg"),
    (["conv1.weight", "layer1.0.conv1.weight"], "ResNet", "dinov2_vitl14_reg"),
    (
      ["module.backbone.0.patch_embed.proj.weight", "module.bert.encoder.layer.0.output.dense.bias"],
      "Grounding DINO", "dinov2_vitl14_reg"
    ),
    (
      ["transformer.layers.0.norm1.weight", "output_hypernetworks_mlps.0.layers.0.weight"],
      "mask decoder without its image encoder", "sam_vit_b"
    ),
    (
      [
        "sam.mask_decoder.output_hypernetworks_mlps.0.layers.0.weight",
        "sam.prompt_encoder.no_mask_embed.weight",
      ],
      "mask decoder without its image encoder", "sam_vit_b"
    ),
    (
      ["patch_embed.proj.weight", "blocks.0.attn.rel_pos_h", "neck.0.weight"],
      "image encoder without its mask decoder", "sam_vit_b"
    ),
  ]

  @Test("by a few of their names", arguments: models.indices)
  func named(index: Int) throws {
    let (names, name, remedy) = Self.models[index]
    let torch = TorchArchive(.named(names.map { ($0, .tensor([2, 2], [1, 2, 3, 4])) })).bytes
    try TestData.withFolder { folder in
      try TestData.write(torch, to: "\(folder)/x.pth")
      try SafetensorsFile.write(
        names.map { ($0, Tensor([2, 2], [1, 2, 3, 4])) }, to: "\(folder)/x.safetensors")
      for file in ["x.pth", "x.safetensors"] {
        let failure = #expect(throws: Failure.self) { try Conversion(Checkpoint(["\(folder)/\(file)"])) }
        #expect(failure?.kind == .badData && failure?.path == "\(folder)/\(file)")
        #expect(failure?.reason.contains(name) == true, "\(String(describing: failure))")
        #expect(failure?.remedy?.contains(remedy) == true, "\(String(describing: failure))")
      }
    }
  }

  @Test("what stands beside a damaged model is not taken for it") func beside() throws {
    let names = ["image_encoder.patch_embed.proj.weight", "critic.layer1.0.conv1.weight"]
    try TestData.withFolder { folder in
      try SafetensorsFile.write(names.map { ($0, Tensor([1], [1])) }, to: "\(folder)/x.safetensors")
      let failure = #expect(throws: Failure.self) { try Conversion(Checkpoint(["\(folder)/x.safetensors"])) }
      #expect(failure?.reason.contains("ResNet") == false, "\(String(describing: failure))")
    }
  }
}
