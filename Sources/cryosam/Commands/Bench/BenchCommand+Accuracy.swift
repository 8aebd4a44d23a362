import Benchmarks
import CommandLineKit
import Cryo
import DINOv2
import Files
import Images
import NN
import SAM
import Volumes

extension BenchCommand {
  /// The networks that are measured: those that are named, or else both with random weights.
  ///
  /// - Throws: `Failure` if a file cannot be read.
  func networks(outliers: Bool) throws -> (dino: SafetensorsFile?, sam: SafetensorsFile?) {
    let isRandom = dino == nil && sam == nil
    return (
      try dino.map { try SafetensorsFile($0) }
        ?? (isRandom ? RandomModel.dino(.vitL14Registers, outliers: outliers) : nil),
      try sam.map { try SafetensorsFile($0) } ?? (isRandom ? RandomModel.sam(.vitH, outliers: outliers) : nil)
    )
  }

  /// Prints how near a narrower precision comes to float32, block by block.
  func reportAccuracy() throws {
    let precision = precision ?? .int8
    let tomogram = try self.tomogram.map { path in
      try TomogramPath.check(path)
      return try Tomogram(path, cleaning: .usual)
    }
    let middle = tomogram.map { $0.plane(.z, $0.shape.depth / 2) }
    let networks = try networks(outliers: true)
    if let weights = networks.dino {
      let side = try DINOEncoder.configuration(weights).usualInputSide
      let input = tomogram.map { EncoderInput($0.statistics, side: side) }
      let pixels = middle.flatMap { input?($0) } ?? EncoderCheck.pixels(side)
      show("DINO", weights, try LayerAccuracy.dino(weights, pixels, precision), precision)
    }
    if let weights = networks.sam {
      let configuration: SAMConfiguration = try weights.configuration()
      let transform = ImageTransform(configuration)
      let stretch = try tomogram.map { try ContrastStretch($0, .usual, inverted: false) }
      let image = middle.flatMap { stretch?($0) }
      let pixels =
        image.map { transform.preprocessed(transform.resized($0)) }
        ?? EncoderCheck.pixels(configuration.imageSize)
      show("SAM", weights, try LayerAccuracy.sam(weights, pixels, precision), precision)
    }
  }

  private func show(
    _ network: String, _ weights: SafetensorsFile, _ layers: [LayerAccuracy], _ precision: Precision
  ) {
    guard !result.json else {
      let record: JSON = [
        "network": .string(network), "weights": .string(weights.path),
        "precision": .string(precision.rawValue), "layers": .array(layers.map(\.json)),
      ]
      return Output.line(record.text)
    }
    Output.line("\(network), \(weights.path): \(precision.rawValue) beside float32")
    for layer in layers { Output.line(layer.text) }
  }
}
