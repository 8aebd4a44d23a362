import NN
import Platform
import SAM

/// SAM's prompt encoder and mask decoder for one prompt, computed plainly (segment_anything/modeling/prompt_encoder.py,
/// mask_decoder.py, transformer.py).
struct PlainDecoder {
  let weights: PlainWeights
  let configuration: SAMConfiguration

  init(_ file: SafetensorsFile, _ configuration: SAMConfiguration) {
    (weights, self.configuration) = (PlainWeights(file), configuration)
  }

  private var side: Int { configuration.grid }
  private var width: Int { configuration.decoderWidth }

  /// The three masks' logits `[3, 4g, 4g]` and predicted IoU `[3]`, for an `embedding [g, g, D]` and points in pixels
  /// of the S x S input.
  func callAsFunction(
    _ embedding: Tensor, points: [Prompt.Point], mask: Tensor?
  ) throws -> (logits: [Double], iou: [Double]) {
    let decoder = weights["mask_decoder"]
    let cells = PlainMatrix(rows: side * side, columns: width, embedding.values.map { Double($0) })
    let positions = try PlainMatrix(
      stacking: (0..<side * side).map { cell in
        try encoding(
          x: (Double(cell % side) + 0.5) / Double(side), y: (Double(cell / side) + 0.5) / Double(side))
      })
    let tokens = try decoder.matrix("iou_token.weight").above(decoder.matrix("mask_tokens.weight"))
      .above(sparse(points))
    let (result, image) = try transform(tokens, cells + dense(mask), positions)

    let iou = try perceptron(
      decoder["iou_prediction_head"], result.rows(0..<1), depth: configuration.iouHeadDepth)
    let pixels = try upscale(image)  // [16 g g, D / 8], in rows of the mask
    let logits = try (1..<configuration.maskTokens).flatMap { mask in
      let hypernetwork = decoder["output_hypernetworks_mlps"][mask]
      let drawing = PlainLinear(
        weight: try perceptron(hypernetwork, result.rows(1 + mask..<2 + mask), depth: 3), bias: [])
      return drawing(pixels).values
    }
    return (logits, Array(iou[0][1...]))
  }

  /// Fourier features of a place in [0, 1] x [0, 1].
  private func encoding(x: Double, y: Double) throws -> [Double] {
    let gaussian = try weights["prompt_encoder"]["pe_layer"].matrix("positional_encoding_gaussian_matrix")
    let angles = (0..<gaussian.columns).map {
      2 * Double.pi * ((2 * x - 1) * gaussian[0, $0] + (2 * y - 1) * gaussian[1, $0])
    }
    return angles.map { sin($0) } + angles.map { cos($0) }
  }

  /// Points' tokens and the padding point.
  private func sparse(_ points: [Prompt.Point]) throws -> PlainMatrix {
    let encoder = weights["prompt_encoder"]
    let tokens = try points.map { point in
      let place = try encoding(
        x: (point.x + 0.5) / Double(configuration.imageSize),
        y: (point.y + 0.5) / Double(configuration.imageSize))
      return zip(place, try encoder["point_embeddings"][point.label].vector("weight")).map { $0 + $1 }
    }
    return try PlainMatrix(stacking: tokens + [encoder["not_a_point_embed"].vector("weight")])
  }

  /// The dense prompt, `[g g, D]`.
  private func dense(_ mask: Tensor?) throws -> PlainMatrix {
    let encoder = weights["prompt_encoder"]
    guard let mask else {
      let none = try encoder["no_mask_embed"].vector("weight")
      return PlainMatrix(stacking: [[Double]](repeating: none, count: side * side))
    }
    let epsilon = configuration.channelNormEpsilon
    let layers = encoder["mask_downscaling"]
    var image = PlainMatrix(rows: 16 * side * side, columns: 1, mask.values.map { Double($0) })
    image = try layers[0].linear()(squares(image, across: 4 * side))
    image = try layers[1].norm(epsilon: epsilon)(image).map(plainGELU)
    image = try layers[3].linear()(squares(image, across: 2 * side))
    image = try layers[4].norm(epsilon: epsilon)(image).map(plainGELU)
    return try layers[6].linear()(image)
  }

  /// What a 2 x 2 convolution of stride 2 sees: pixels `[s s, C]` → `[s s / 4, C 2 2]`.
  private func squares(_ image: PlainMatrix, across: Int) -> PlainMatrix {
    PlainMatrix(rows: image.rows / 4, columns: image.columns * 4) { square, place in
      let (y, x) = (square / (across / 2) * 2 + place % 4 / 2, square % (across / 2) * 2 + place % 2)
      return image[y * across + x, place / 4]
    }
  }

  private func attend(
    _ weights: PlainWeights, _ q: PlainMatrix, _ k: PlainMatrix, _ v: PlainMatrix
  ) throws -> PlainMatrix {
    try weights["out_proj"].linear()(
      plainAttention(
        weights["q_proj"].linear()(q), weights["k_proj"].linear()(k), weights["v_proj"].linear()(v),
        heads: configuration.decoderHeads))
  }

  private func transform(
    _ prompt: PlainMatrix, _ embedding: PlainMatrix, _ positions: PlainMatrix
  ) throws -> (tokens: PlainMatrix, image: PlainMatrix) {
    let transformer = weights["mask_decoder"]["transformer"]
    let epsilon = configuration.decoderNormEpsilon
    var (tokens, image) = (prompt, embedding)
    for index in 0..<configuration.decoderDepth {
      let layer = transformer["layers"][index]
      if index == 0 {
        tokens = try attend(layer["self_attn"], tokens, tokens, tokens)
      } else {
        tokens = try tokens + attend(layer["self_attn"], tokens + prompt, tokens + prompt, tokens)
      }
      tokens = try layer["norm1"].norm(epsilon: epsilon)(tokens)
      let looked = try attend(layer["cross_attn_token_to_image"], tokens + prompt, image + positions, image)
      tokens = try layer["norm2"].norm(epsilon: epsilon)(tokens + looked)
      let hidden = try layer["mlp"]["lin1"].linear()(tokens).map { max(0, $0) }
      tokens = try layer["norm3"].norm(epsilon: epsilon)(tokens + layer["mlp"]["lin2"].linear()(hidden))
      let seen = try attend(layer["cross_attn_image_to_token"], image + positions, tokens + prompt, tokens)
      image = try layer["norm4"].norm(epsilon: epsilon)(image + seen)
    }
    let last = try attend(
      transformer["final_attn_token_to_image"], tokens + prompt, image + positions, image)
    return (try transformer["norm_final_attn"].norm(epsilon: epsilon)(tokens + last), image)
  }

  private func perceptron(_ weights: PlainWeights, _ x: PlainMatrix, depth: Int) throws -> PlainMatrix {
    try (0..<depth).reduce(x) { x, index in
      let y = try weights["layers"][index].linear()(x)
      return index == depth - 1 ? y : y.map { max(0, $0) }
    }
  }

  /// Two transposed convolutions: `[g g, D]` → `[16 g g, D / 8]`.
  private func upscale(_ image: PlainMatrix) throws -> PlainMatrix {
    let layers = weights["mask_decoder"]["output_upscaling"]
    let coarse = try transposedConvolution(layers[0], image, across: side)
    let fine = try layers[1].norm(epsilon: configuration.channelNormEpsilon)(coarse).map(plainGELU)
    return try transposedConvolution(layers[3], fine, across: 2 * side).map(plainGELU)
  }

  /// 2 x 2, stride 2, with `weight [I, O, 2, 2]`: each pixel becomes four.
  private func transposedConvolution(
    _ weights: PlainWeights, _ image: PlainMatrix, across: Int
  ) throws -> PlainMatrix {
    let kernel = try weights.matrix("weight", columns: 4)  // [I O, 4]
    let bias = try weights.vector("bias")
    let (inputs, outputs) = (image.columns, bias.count)
    var result = PlainMatrix(
      rows: 4 * image.rows, columns: outputs, [Double](repeating: 0, count: 4 * image.rows * outputs))
    for tap in 0..<4 {
      let layer = PlainLinear(
        weight: PlainMatrix(rows: outputs, columns: inputs) { kernel[$1 * outputs + $0, tap] }, bias: bias)
      let values = layer(image)
      for pixel in 0..<image.rows {
        let (y, x) = (pixel / across * 2 + tap / 2, pixel % across * 2 + tap % 2)
        for channel in 0..<outputs { result[y * 2 * across + x, channel] = values[pixel, channel] }
      }
    }
    return result
  }
}
