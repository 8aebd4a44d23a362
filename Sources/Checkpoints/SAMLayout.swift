import Files
import NN
import SAM

/// The configuration of a Segment Anything model from its shapes, and its shapes from the configuration
/// (segment_anything/build_sam.py and modeling/*.py).
extension SAMConfiguration {
  /// - Throws: `Failure` that names the tensor that is missing or has an impossible shape.
  init(inferredFrom table: ShapeTable) throws {
    let patch = try table.shape("image_encoder.patch_embed.proj.weight", rank: 4)
    guard patch[1] == 3, patch[2] == patch[3] else {
      throw table.refusal(
        "tensor 'image_encoder.patch_embed.proj.weight' has shape \(patch), expected [C, 3, P, P]")
    }
    let (width, patchSize) = (patch[0], patch[2])
    let positions = try table.shape("image_encoder.pos_embed", rank: 4)
    let grid = positions[1]
    let depth = try table.count("image_encoder.blocks", member: "norm1.weight")
    guard depth > 0 else { throw table.refusal("lacks the tensor 'image_encoder.blocks.0.norm1.weight'") }
    let headWidth = try table.shape("image_encoder.blocks.0.attn.rel_pos_h", rank: 2)[1]
    guard width % headWidth == 0 else {
      throw table.refusal(
        "has relative positions of width \(headWidth), which does not divide the width \(width)")
    }
    let lengths = try (0..<depth).map {
      try table.shape("image_encoder.blocks.\($0).attn.rel_pos_h", rank: 2)[0]
    }
    let decoderWidth = try table.shape("mask_decoder.iou_token.weight", rank: 2)[1]
    let layers = "mask_decoder.transformer.layers"
    let crossWidth = try table.shape("\(layers).0.cross_attn_token_to_image.q_proj.weight", rank: 2)[0]
    self.init(
      imageSize: grid * patchSize, patchSize: patchSize, width: width, depth: depth, heads: width / headWidth,
      hiddenWidth: try table.shape("image_encoder.blocks.0.mlp.lin1.weight", rank: 2)[0],
      windows: Self.windows(tableLengths: lengths, grid: grid), decoderWidth: decoderWidth,
      decoderDepth: try table.count(layers, member: "norm1.weight"),
      decoderHiddenWidth: try table.shape("\(layers).0.mlp.lin1.weight", rank: 2)[0],
      iouHeadHiddenWidth: try table.shape("mask_decoder.iou_prediction_head.layers.0.weight", rank: 2)[0])
    attentionDownsampleRate = decoderWidth / crossWidth
    maskTokens = try table.shape("mask_decoder.mask_tokens.weight", rank: 2)[0]
    iouHeadDepth = try table.count("mask_decoder.iou_prediction_head.layers", member: "weight")
    maskChannels = try table.shape("prompt_encoder.mask_downscaling.3.weight", rank: 4)[0]
    guard decoderWidth % 8 == 0, decoderWidth % crossWidth == 0, crossWidth % decoderHeads == 0 else {
      throw table.refusal(
        "has a mask decoder of width \(decoderWidth) with cross attention of width \(crossWidth), "
          + "which its 8 heads do not divide")
    }
    guard maskChannels % 4 == 0, 2...64 ~= maskTokens, iouHeadDepth > 1 else {
      throw table.refusal(
        "has a mask decoder with \(maskTokens) mask tokens, \(iouHeadDepth) layers in the IoU head and "
          + "\(maskChannels) mask channels, which Segment Anything cannot have")
    }
  }

  /// Window side of each block, from the length L of its relative position table: 0 (global) if L = 2 g - 1 for
  /// the grid's side g, else (L + 1) / 2.
  ///
  /// Tables of other lengths are interpolated by the official code. Then the side that most blocks share is the
  /// window, and the other blocks are global.
  package static func windows(tableLengths: [Int], grid: Int) -> [Int] {
    let local = tableLengths.filter { $0 != 2 * grid - 1 }
    let counts = local.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    let shared = counts.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
    return tableLengths.map { $0 != 2 * grid - 1 && $0 == shared ? ($0 + 1) / 2 : 0 }
  }

  /// All parameters of the model, in the order of the official state dict, but for the relative position
  /// tables' lengths, which may differ from what the window needs.
  ///
  /// - Parameter tableLengths: length of each block's relative position tables; nil for the exact ones.
  public func parameters(tableLengths: [Int]? = nil) -> [Parameter] {
    encoderParameters(tableLengths: tableLengths) + promptParameters + decoderParameters
  }

  private func encoderParameters(tableLengths: [Int]?) -> [Parameter] {
    var all = [Parameter("image_encoder.pos_embed", [1, grid, grid, width])]
    all += Parameter.convolution("image_encoder.patch_embed.proj", in: 3, out: width, side: patchSize)
    for (index, window) in windows.enumerated() {
      let block = "image_encoder.blocks.\(index)"
      let length = tableLengths?[index] ?? 2 * (window > 0 ? window : grid) - 1
      all += Parameter.norm("\(block).norm1", width)
      all.append(Parameter("\(block).attn.rel_pos_h", [length, width / heads]))
      all.append(Parameter("\(block).attn.rel_pos_w", [length, width / heads]))
      all += Parameter.linear("\(block).attn.qkv", in: width, out: 3 * width)
      all += Parameter.linear("\(block).attn.proj", in: width, out: width)
      all += Parameter.norm("\(block).norm2", width)
      all += Parameter.linear("\(block).mlp.lin1", in: width, out: hiddenWidth)
      all += Parameter.linear("\(block).mlp.lin2", in: hiddenWidth, out: width)
    }
    let neck = "image_encoder.neck"
    all += Parameter.convolution("\(neck).0", in: width, out: decoderWidth, side: 1, bias: false)
    all += Parameter.norm("\(neck).1", decoderWidth)
    all += Parameter.convolution("\(neck).2", in: decoderWidth, out: decoderWidth, side: 3, bias: false)
    return all + Parameter.norm("\(neck).3", decoderWidth)
  }

  private var promptParameters: [Parameter] {
    let (width, channels, place) = (decoderWidth, maskChannels, "prompt_encoder")
    var all = [Parameter("\(place).pe_layer.positional_encoding_gaussian_matrix", [2, width / 2])]
    all += (0..<4).map { Parameter("\(place).point_embeddings.\($0).weight", [1, width]) }
    all.append(Parameter("\(place).not_a_point_embed.weight", [1, width]))
    let masks = "\(place).mask_downscaling"
    all += Parameter.convolution("\(masks).0", in: 1, out: channels / 4, side: 2)
    all += Parameter.norm("\(masks).1", channels / 4)
    all += Parameter.convolution("\(masks).3", in: channels / 4, out: channels, side: 2)
    all += Parameter.norm("\(masks).4", channels)
    all += Parameter.convolution("\(masks).6", in: channels, out: width, side: 1)
    return all + [Parameter("\(place).no_mask_embed.weight", [1, width])]
  }

  private var decoderParameters: [Parameter] {
    let width = decoderWidth
    func attention(_ name: String, inner: Int) -> [Parameter] {
      ["q_proj", "k_proj", "v_proj"].flatMap { Parameter.linear("\(name).\($0)", in: width, out: inner) }
        + Parameter.linear("\(name).out_proj", in: inner, out: width)
    }
    let cross = width / attentionDownsampleRate
    var all: [Parameter] = []
    for index in 0..<decoderDepth {
      let layer = "mask_decoder.transformer.layers.\(index)"
      all += attention("\(layer).self_attn", inner: width)
      all += Parameter.norm("\(layer).norm1", width)
      all += attention("\(layer).cross_attn_token_to_image", inner: cross)
      all += Parameter.norm("\(layer).norm2", width)
      all += Parameter.linear("\(layer).mlp.lin1", in: width, out: decoderHiddenWidth)
      all += Parameter.linear("\(layer).mlp.lin2", in: decoderHiddenWidth, out: width)
      all += Parameter.norm("\(layer).norm3", width) + Parameter.norm("\(layer).norm4", width)
      all += attention("\(layer).cross_attn_image_to_token", inner: cross)
    }
    all += attention("mask_decoder.transformer.final_attn_token_to_image", inner: cross)
    all += Parameter.norm("mask_decoder.transformer.norm_final_attn", width)
    all.append(Parameter("mask_decoder.iou_token.weight", [1, width]))
    all.append(Parameter("mask_decoder.mask_tokens.weight", [maskTokens, width]))
    let upscaling = "mask_decoder.output_upscaling"
    all += Parameter.convolution("\(upscaling).0", in: width, out: width / 4, side: 2, transposed: true)
    all += Parameter.norm("\(upscaling).1", width / 4)
    all += Parameter.convolution("\(upscaling).3", in: width / 4, out: width / 8, side: 2, transposed: true)
    for token in 0..<maskTokens {
      let mlp = "mask_decoder.output_hypernetworks_mlps.\(token).layers"
      all += Parameter.linear("\(mlp).0", in: width, out: width)
      all += Parameter.linear("\(mlp).1", in: width, out: width)
      all += Parameter.linear("\(mlp).2", in: width, out: width / 8)
    }
    for index in 0..<iouHeadDepth {
      all += Parameter.linear(
        "mask_decoder.iou_prediction_head.layers.\(index)", in: index == 0 ? width : iouHeadHiddenWidth,
        out: index == iouHeadDepth - 1 ? maskTokens : iouHeadHiddenWidth)
    }
    return all
  }
}
