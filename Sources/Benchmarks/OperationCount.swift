import DINOv2
import NN
import SAM

/// Operations of the originals' matrix products, convolutions and attention; a product and a sum are two. Norms,
/// softmax, activations and sums are left out: they are some thousandths.
///
/// These count what the official code computes, padded tokens included, whatever this program leaves out.
enum OperationCount {
  /// `rows` vectors through a layer from `inputs` to `outputs`.
  static func linear(_ rows: Int, _ inputs: Int, _ outputs: Int) -> Double {
    2 * Double(rows) * Double(inputs) * Double(outputs)
  }

  /// Scores and weighted sums of `queries` against `keys`, `width` over all heads.
  static func attention(_ queries: Int, _ keys: Int, _ width: Int) -> Double {
    2 * linear(queries, width, keys)
  }
}

extension DINOConfiguration {
  /// Operations for one image of `side` x `side` pixels: patch embedding, and for each of `depth` blocks on N tokens
  /// (class, registers, patches) qkv, attention, projection and the feed-forward layer.
  package func operations(side: Int) -> Double {
    let patches = (side / patchSize) * (side / patchSize)
    let tokens = 1 + registers + patches
    let expanded = feedForward == .swiglu ? 2 * hiddenWidth : hiddenWidth
    let block =
      OperationCount.linear(tokens, width, 4 * width) + OperationCount.attention(tokens, tokens, width)
      + OperationCount.linear(tokens, width, expanded) + OperationCount.linear(tokens, hiddenWidth, width)
    return OperationCount.linear(patches, 3 * patchSize * patchSize, width) + Double(depth) * block
  }
}

extension SAMConfiguration {
  /// Operations of the image encoder: patch embedding, blocks, neck.
  ///
  /// In a block with windows of side w, the grid is padded to whole windows, and qkv, attention, relative positions
  /// and projection are computed for padded tokens too, as the official code does.
  package var encoderOperations: Double {
    let cells = grid * grid
    let patches = OperationCount.linear(cells, 3 * patchSize * patchSize, width)
    let neck =
      OperationCount.linear(cells, width, decoderWidth)
      + OperationCount.linear(cells, 9 * decoderWidth, decoderWidth)
    return patches + neck
      + windows.reduce(0) { sum, window in
        let side = window > 0 ? window : grid
        let windows = ((grid + side - 1) / side) * ((grid + side - 1) / side)
        let keys = side * side
        let tokens = windows * keys
        return sum + OperationCount.linear(tokens, width, 4 * width)
          + OperationCount.attention(tokens, keys, width)
          + 2 * OperationCount.linear(tokens, width, side)  // rows and columns of relative positions
          + 2 * OperationCount.linear(cells, width, hiddenWidth)
      }
  }

  /// Operations of the mask decoder for one prompt of `points` points (their padding point is counted here), with a
  /// mask's embedding if `hasMask`. The official code computes all of it for each prompt.
  package func decoderOperations(points: Int, hasMask: Bool) -> Double {
    let cells = grid * grid
    let tokens = 1 + maskTokens + points + 1
    let width = decoderWidth
    let inner = width / attentionDownsampleRate
    /// Attention of `queries` to `keys`, its four projections included.
    func attention(_ queries: Int, _ keys: Int, _ inner: Int) -> Double {
      2 * OperationCount.linear(queries, width, inner) + 2 * OperationCount.linear(keys, width, inner)
        + OperationCount.attention(queries, keys, inner)
    }
    let layer =
      attention(tokens, tokens, width) + attention(tokens, cells, inner) + attention(cells, tokens, inner)
      + 2 * OperationCount.linear(tokens, width, decoderHiddenWidth)
    let transformer = Double(decoderDepth) * layer + attention(tokens, cells, inner)
    let upscaling =
      OperationCount.linear(cells, width, width) + OperationCount.linear(4 * cells, width / 4, width / 2)
    let hypernetworks =
      Double(maskTokens)
      * (2 * OperationCount.linear(1, width, width) + OperationCount.linear(1, width, width / 8))
    let masks = OperationCount.linear(16 * cells, width / 8, maskTokens)
    let iou =
      OperationCount.linear(1, width, iouHeadHiddenWidth)
      + Double(iouHeadDepth - 2) * OperationCount.linear(1, iouHeadHiddenWidth, iouHeadHiddenWidth)
      + OperationCount.linear(1, iouHeadHiddenWidth, maskTokens)
    return transformer + upscaling + hypernetworks + masks + iou + (hasMask ? maskPromptOperations : 0)
  }

  /// The convolutions that embed a mask prompt.
  private var maskPromptOperations: Double {
    let cells = grid * grid
    return OperationCount.linear(4 * cells, 4, maskChannels / 4)
      + OperationCount.linear(cells, maskChannels, maskChannels)
      + OperationCount.linear(cells, maskChannels, decoderWidth)
  }
}
