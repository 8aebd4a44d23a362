/// Official names of Segment Anything (`facebookresearch/segment-anything`), for every name in which its
/// parameters come.
enum SAMNames {
  /// Where the tensor `name`, without its prefix, goes. Official names stay as they are.
  static func official(_ name: String) -> Destination? {
    name == "pixel_mean" || name == "pixel_std"
      ? .unused("it is in the configuration") : .parameter(name)
  }

  /// The same for a name of `transformers` (`SamModel`); nil if it is unknown.
  ///
  /// - Parameter iouHeadLayers: the middle layers of the IoU head, which the last one's number follows.
  static func transformers(_ name: String, iouHeadLayers: Int) -> Destination? {
    if let official = whole[name] { return .parameter(official) }
    if name == "prompt_encoder.shared_embedding.positional_embedding" {
      return .unused("it repeats shared_image_embedding.positional_embedding")
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 3, let kind = parts.last else { return nil }
    let official: String?
    if parts.starts(with: ["vision_encoder", "layers"]) {
      official = encoderBlock(parts)
    } else if parts.starts(with: ["mask_decoder", "transformer"]) {
      official = transformer(parts)
    } else if parts.starts(with: ["mask_decoder", "output_hypernetworks_mlps"]), parts.count > 4 {
      official = mlp(parts[3...], middle: 1).map {
        "mask_decoder.output_hypernetworks_mlps.\(parts[2]).\($0)"
      }
    } else if parts.starts(with: ["mask_decoder", "iou_prediction_head"]) {
      official = mlp(parts[2...], middle: iouHeadLayers).map { "mask_decoder.iou_prediction_head.\($0)" }
    } else if parts.starts(with: ["prompt_encoder", "point_embed"]) {
      official = "prompt_encoder.point_embeddings.\(parts[2...].joined(separator: "."))"
    } else {
      official = modules[parts.dropLast().joined(separator: ".")].map { "\($0).\(kind)" }
    }
    return official.map { .parameter($0) }
  }

  /// `vision_encoder.layers.3.layer_norm1.weight` and the like.
  private static func encoderBlock(_ parts: [String]) -> String? {
    guard parts.count > 4 else { return nil }
    let rest = parts[3...].joined(separator: ".")
      .replacing(prefix: "layer_norm1.", with: "norm1.").replacing(prefix: "layer_norm2.", with: "norm2.")
    return "image_encoder.blocks.\(parts[2]).\(rest)"
  }

  /// `mask_decoder.transformer.layers.0.layer_norm1.weight`, `mask_decoder.transformer.layer_norm_final_attn.bias`.
  private static func transformer(_ parts: [String]) -> String {
    parts.map { part in
      if part == "layer_norm_final_attn" { return "norm_final_attn" }
      return part.replacing(prefix: "layer_norm", with: "norm")
    }
    .joined(separator: ".")
  }

  /// `proj_in.weight`, `layers.0.weight`, `proj_out.weight` of an MLP with `middle` layers between.
  private static func mlp(_ parts: ArraySlice<String>, middle: Int) -> String? {
    let parts = Array(parts)
    if parts.count == 2, parts[0] == "proj_in" { return "layers.0.\(parts[1])" }
    if parts.count == 2, parts[0] == "proj_out" { return "layers.\(middle + 1).\(parts[1])" }
    guard parts.count == 3, parts[0] == "layers", let index = Int(parts[1]), 0..<middle ~= index else {
      return nil
    }
    return "layers.\(index + 1).\(parts[2])"
  }

  private static let whole = [
    "shared_image_embedding.positional_embedding":
      "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
    "vision_encoder.pos_embed": "image_encoder.pos_embed",
    "prompt_encoder.no_mask_embed.weight": "prompt_encoder.no_mask_embed.weight",
    "prompt_encoder.not_a_point_embed.weight": "prompt_encoder.not_a_point_embed.weight",
    "mask_decoder.iou_token.weight": "mask_decoder.iou_token.weight",
    "mask_decoder.mask_tokens.weight": "mask_decoder.mask_tokens.weight",
  ]

  private static let modules = [
    "vision_encoder.patch_embed.projection": "image_encoder.patch_embed.proj",
    "vision_encoder.neck.conv1": "image_encoder.neck.0",
    "vision_encoder.neck.layer_norm1": "image_encoder.neck.1",
    "vision_encoder.neck.conv2": "image_encoder.neck.2",
    "vision_encoder.neck.layer_norm2": "image_encoder.neck.3",
    "prompt_encoder.mask_embed.conv1": "prompt_encoder.mask_downscaling.0",
    "prompt_encoder.mask_embed.layer_norm1": "prompt_encoder.mask_downscaling.1",
    "prompt_encoder.mask_embed.conv2": "prompt_encoder.mask_downscaling.3",
    "prompt_encoder.mask_embed.layer_norm2": "prompt_encoder.mask_downscaling.4",
    "prompt_encoder.mask_embed.conv3": "prompt_encoder.mask_downscaling.6",
    "mask_decoder.upscale_conv1": "mask_decoder.output_upscaling.0",
    "mask_decoder.upscale_layer_norm": "mask_decoder.output_upscaling.1",
    "mask_decoder.upscale_conv2": "mask_decoder.output_upscaling.3",
  ]
}

extension String {
  /// The string with `prefix`, if it begins with it, replaced.
  fileprivate func replacing(prefix: String, with replacement: String) -> String {
    hasPrefix(prefix) ? replacement + dropFirst(prefix.count) : self
  }
}
