import DINOv2
import NN
import SAM

/// The encoders against the plain computation: all of a small model, some tokens of the full one.
package enum EncoderCheck {
  package static let smallDINO = DINOConfiguration(
    family: .dinov2, patchSize: 14, width: 48, depth: 2, heads: 3, hiddenWidth: 112, registers: 4,
    positionGrid: 13)

  /// A global block between two with windows that need padding.
  package static let smallSAM = SAMConfiguration(
    imageSize: 320, patchSize: 16, width: 48, depth: 3, heads: 3, hiddenWidth: 112, windows: [7, 0, 7],
    decoderWidth: 32, decoderDepth: 1, decoderHiddenWidth: 32, iouHeadHiddenWidth: 32)

  /// An input that is as varied as a normalised image, `[3, side, side]`, with zeros below its first `rows`.
  package static func pixels(_ side: Int, imageRows rows: Int? = nil, seed: UInt64 = 7) -> Tensor {
    let pixels = RandomNumbers.tensor([3, side, side], seed: seed, spread: 2)
    guard let rows, rows < side else { return pixels }
    let padding = Tensor.zeros([side - rows, side])
    return Tensor.concatenated((0..<3).flatMap { [pixels[$0][0..<rows], padding] }).reshaped([3, side, side])
  }

  /// Whether images with padding below give the same bytes when the padding's windows are known as when all is computed.
  package static func padding(_ sam: SegmentAnything, _ pixels: Tensor, imageRows: Int) -> [Agreement] {
    _ = sam.encode(pixels, imageRows: imageRows)
    let known = sam.encode(pixels, imageRows: imageRows)
    return [Agreement("padding computed once", same: known.values == sam.encode(pixels).values)]
  }

  /// All output tokens of a small DINOv2.
  ///
  /// - Parameter encode: the encoder that is checked.
  package static func dino(
    _ precision: Precision = .float32, _ encode: (DINOEncoder, Tensor) -> DINOFeatures = { $0($1) }
  ) throws -> [Agreement] {
    let weights = try RandomModel.dino(smallDINO)
    let pixels = pixels(smallDINO.positionGrid * smallDINO.patchSize)
    let features = encode(try DINOEncoder(weights, precision: precision), pixels)
    let plain = try plainDINO(weights, smallDINO, pixels)
    let result = features.classToken.values + features.registerTokens.values + features.patchTokens.values
    return [Agreement("all tokens of a small model", result, plain: plain.values, limit: precision.tolerance)]
  }

  /// The whole embedding of a small SAM encoder.
  ///
  /// - Parameter encode: the encoder that is checked.
  package static func sam(
    _ precision: Precision = .float32, _ encode: (SegmentAnything, Tensor) -> Tensor = { $0.encode($1) }
  ) throws -> [Agreement] {
    let weights = try RandomModel.sam(smallSAM)
    let pixels = pixels(smallSAM.imageSize)
    let embedding = encode(try SegmentAnything(weights, precision: precision), pixels)
    let plain = try plainSAMEncoder(weights, smallSAM, pixels)
    return [
      Agreement(
        "the embedding of a small model", embedding.values, plain: plain.values, limit: precision.tolerance)
    ]
  }

  /// Runs a full model once, and computes the first and the last block plainly, at some tokens, from the tokens they got.
  package static func dinoBlocks(
    _ weights: SafetensorsFile, _ configuration: DINOConfiguration, _ pixels: Tensor,
    _ precision: Precision = .float32, _ encode: (Tensor, Trace) -> DINOFeatures
  ) throws -> [Agreement] {
    let last = configuration.depth - 1
    let trace = Trace(keeping: ["tokens", "block.0", "block.\(last - 1)", "block.\(last)"])
    let features = encode(pixels, trace)
    let kept = Kept(trace)
    let count = 1 + configuration.registers + features.rows * features.columns
    let wanted = [0, 1, count / 2, count - 1]
    var agreements = try [0, last].map { index in
      let block = try PlainBlock(
        dino: PlainWeights(weights)["blocks"][index], heads: configuration.heads,
        epsilon: configuration.normEpsilon)
      let before = kept.matrix(index == 0 ? "tokens" : "block.\(index - 1)", columns: configuration.width)
      return Agreement(
        "block \(index), \(wanted.count) tokens",
        kept.rows("block.\(index)", wanted, columns: configuration.width),
        plain: block(before, at: wanted).values, limit: precision.tolerance)
    }
    let norm = try PlainWeights(weights)["norm"].norm(epsilon: configuration.normEpsilon)
    let plain = norm(kept.matrix("block.\(last)", columns: configuration.width).rows([0, count - 1]))
    let result = features.classToken.values + features.patchTokens.values.suffix(configuration.width)
    agreements.append(Agreement("output, 2 tokens", result, plain: plain.values, limit: precision.tolerance))
    return agreements
  }

  /// Runs a full model once, and computes a block with windows, one with global attention, and the neck plainly, at some
  /// tokens, from the tokens they got: one amid the grid, and its last one, in a window that is mostly padding.
  package static func samBlocks(
    _ weights: SafetensorsFile, _ configuration: SAMConfiguration, _ pixels: Tensor,
    _ precision: Precision = .float32, _ encode: (Tensor, Trace) -> Tensor
  ) throws -> [Agreement] {
    let width = configuration.width
    let (last, global) = (configuration.depth - 1, configuration.windows.firstIndex(of: 0) ?? 0)
    let trace = Trace(
      keeping: ["tokens", "block.0", "block.\(global - 1)", "block.\(global)", "block.\(last)"])
    let embedding = encode(pixels, trace)
    let kept = Kept(trace)
    let cells = configuration.grid * configuration.grid
    let wanted = [cells / 2 + configuration.grid / 2, cells - 1]
    var agreements = try [0, global].map { index in
      let block = try PlainBlock(
        sam: PlainWeights(weights)["image_encoder"]["blocks"][index], heads: configuration.heads,
        epsilon: configuration.encoderNormEpsilon, grid: configuration.grid,
        window: configuration.windows[index])
      let before = kept.matrix(index == 0 ? "tokens" : "block.\(index - 1)", columns: width)
      return Agreement(
        "block \(index), \(wanted.count) tokens", kept.rows("block.\(index)", wanted, columns: width),
        plain: block(before, at: wanted).values, limit: precision.tolerance)
    }
    let plain = try plainNeck(
      weights, configuration, kept.matrix("block.\(last)", columns: width), at: wanted)
    let result = wanted.flatMap { embedding.reshaped([cells, configuration.decoderWidth])[$0].values }
    agreements.append(
      Agreement("embedding, \(wanted.count) cells", result, plain: plain.values, limit: precision.tolerance))
    return agreements
  }

  /// Some of the tensors that an encoder shows on its way.
  private struct Kept {
    private let tensors: [String: [Float]]

    init(_ trace: Trace) {
      tensors = Dictionary(trace.tensors.map { ($0.name, $0.tensor.values) }) { $1 }
    }

    func matrix(_ name: String, columns: Int) -> PlainMatrix {
      let values = tensors[name] ?? []
      return PlainMatrix(rows: values.count / columns, columns: columns, values.map { Double($0) })
    }

    func rows(_ name: String, _ wanted: [Int], columns: Int) -> [Float] {
      let values = tensors[name] ?? []
      return wanted.flatMap { values[$0 * columns..<($0 + 1) * columns] }
    }
  }
}

extension Precision {
  /// The relative error that a block or a small model of random weights may have.
  fileprivate var tolerance: Double {
    switch self {
    case .float32: 2e-5
    case .bfloat16: 7e-3
    case .int8: 4e-2
    }
  }
}
