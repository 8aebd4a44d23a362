import DINOv2
import Files
import NN
import Platform
import SAM

/// How near an encoder in a narrower precision comes to float32, block by block, on one image.
public struct LayerAccuracy: Sendable {
  /// `block.7`, or the name of the output.
  public let name: String
  public let agreement: TokenAgreement
  /// The greatest channel over the median one, by root mean square, of the tokens in float32.
  public let outliers: Double

  /// By block, and of the output, for a DINO encoder.
  ///
  /// - Throws: `Failure` if the weights cannot be used.
  public static func dino(
    _ file: SafetensorsFile, _ pixels: Tensor, _ precision: Precision
  ) throws -> [LayerAccuracy] {
    let configuration = try DINOEncoder.configuration(file)
    let names = (0..<configuration.depth).map { "block.\($0)" }
    return try compared(names, output: "x_norm_patchtokens", precision) { precision, trace in
      try DINOEncoder(file, precision: precision)(pixels, trace: trace).patchTokens
    }
  }

  /// By block, and of the embedding, for SAM's encoder.
  ///
  /// - Throws: `Failure` if the weights cannot be used.
  public static func sam(
    _ file: SafetensorsFile, _ pixels: Tensor, _ precision: Precision
  ) throws -> [LayerAccuracy] {
    let configuration: SAMConfiguration = try file.configuration()
    let names = (0..<configuration.depth).map { "block.\($0)" }
    return try compared(names, output: "image_embedding", precision) { precision, trace in
      try SegmentAnything(file, precision: precision).encode(pixels, trace: trace)
    }
  }

  private static func compared(
    _ names: [String], output: String, _ precision: Precision,
    _ encode: (Precision, Trace) throws -> Tensor
  ) throws -> [LayerAccuracy] {
    func layers(_ precision: Precision) throws -> [Tensor] {
      let trace = Trace(keeping: Set(names))
      let result = try encode(precision, trace)
      return trace.tensors.map(\.tensor) + [result]
    }
    let (wide, narrow) = (try layers(.float32), try layers(precision))
    return zip(names + [output], zip(wide, narrow)).map { name, pair in
      LayerAccuracy(
        name: name, agreement: TokenAgreement(pair.1, reference: pair.0), outliers: outliers(pair.0))
    }
  }

  private static func outliers(_ tokens: Tensor) -> Double {
    let width = tokens.shape.last ?? 1
    var squares = [Double](repeating: 0, count: width)
    tokens.withElements { values in
      for place in values.indices { squares[place % width] += Double(values[place]) * Double(values[place]) }
    }
    squares.sort()
    return (squares[width - 1] / squares[width / 2]).squareRoot()
  }

  /// `block.7              error 1.13e-2  cosine 0.999936  greatest channel 1.4`
  public var text: String {
    name.leftAligned(19) + " error " + scientific(agreement.error)
      + "  cosine \(decimal(agreement.cosine, places: 6))  greatest channel \(decimal(outliers, places: 1))"
  }

  public var json: JSON {
    [
      "name": .string(name), "error": .number(agreement.error), "cosine": .number(agreement.cosine),
      "greatest_channel": .number(outliers),
    ]
  }
}
