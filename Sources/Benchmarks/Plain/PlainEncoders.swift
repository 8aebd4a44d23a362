import DINOv2
import NN
import SAM

/// The patches of `pixels [3, H, W]` as rows, `[patches, 3 P P]`, channels first.
private func plainPatches(_ pixels: Tensor, side: Int) -> PlainMatrix {
  let (height, width) = (pixels.shape[1], pixels.shape[2])
  let values = pixels.values
  let across = width / side
  return PlainMatrix(rows: height / side * across, columns: 3 * side * side) { patch, place in
    let (channel, pixel) = (place / (side * side), place % (side * side))
    let (y, x) = (patch / across * side + pixel / side, patch % across * side + pixel % side)
    return Double(values[(channel * height + y) * width + x])
  }
}

/// DINOv2 computed plainly (dinov2/models/vision_transformer.py), for inputs of the position table's own size.
///
/// Shapes: `pixels [3, H, W]` → the normalised tokens `[1 + R + patches, C]`: class, registers, patches.
func plainDINO(_ file: SafetensorsFile, _ configuration: DINOConfiguration, _ pixels: Tensor) throws
  -> PlainMatrix
{
  let weights = PlainWeights(file)
  let patches = try weights["patch_embed"]["proj"].linear()(
    plainPatches(pixels, side: configuration.patchSize))
  let withPositions = try weights.matrix("cls_token").above(patches) + weights.matrix("pos_embed")
  var tokens = withPositions
  if configuration.registers > 0 {
    tokens = try withPositions.rows(0..<1).above(weights.matrix("register_tokens")).above(
      withPositions.rows(1..<withPositions.rows))
  }
  for index in 0..<configuration.depth {
    let block = try PlainBlock(
      dino: weights["blocks"][index], heads: configuration.heads, epsilon: configuration.normEpsilon)
    tokens = block(tokens, at: Array(0..<tokens.rows))
  }
  return try weights["norm"].norm(epsilon: configuration.normEpsilon)(tokens)
}

/// SAM's image encoder computed plainly (segment_anything/modeling/image_encoder.py).
///
/// Shapes: `pixels [3, S, S]` → `[g g, D]`.
func plainSAMEncoder(
  _ file: SafetensorsFile, _ configuration: SAMConfiguration, _ pixels: Tensor
) throws -> PlainMatrix {
  let weights = PlainWeights(file)["image_encoder"]
  let patches = try weights["patch_embed"]["proj"].linear()(
    plainPatches(pixels, side: configuration.patchSize))
  var tokens = try patches + weights.matrix("pos_embed")
  for (index, window) in configuration.windows.enumerated() {
    let block = try PlainBlock(
      sam: weights["blocks"][index], heads: configuration.heads, epsilon: configuration.encoderNormEpsilon,
      grid: configuration.grid, window: window)
    tokens = block(tokens, at: Array(0..<tokens.rows))
  }
  return try plainNeck(file, configuration, tokens, at: Array(0..<tokens.rows))
}

/// The neck's output for the cells `wanted`: 1 x 1 convolution, norm, 3 x 3 convolution with zero padding, norm.
func plainNeck(
  _ file: SafetensorsFile, _ configuration: SAMConfiguration, _ tokens: PlainMatrix, at wanted: [Int]
) throws -> PlainMatrix {
  let weights = PlainWeights(file)["image_encoder"]["neck"]
  let narrow = try weights[0].linear()
  let norm1 = try weights[1].norm(epsilon: configuration.channelNormEpsilon)
  let convolution = try weights[2].linear()
  let norm2 = try weights[3].norm(epsilon: configuration.channelNormEpsilon)
  let (side, width) = (configuration.grid, configuration.decoderWidth)
  let neighbourhoods = wanted.map { cell in
    // [D, 3, 3], as the kernel.
    var values = [Double](repeating: 0, count: 9 * width)
    for tap in 0..<9 {
      let (y, x) = (cell / side + tap / 3 - 1, cell % side + tap % 3 - 1)
      guard y >= 0, y < side, x >= 0, x < side else { continue }
      let neighbour = norm1(narrow(tokens.rows([y * side + x])))
      for channel in 0..<width { values[channel * 9 + tap] = neighbour[0, channel] }
    }
    return values
  }
  return norm2(convolution(PlainMatrix(stacking: neighbourhoods)))
}
