import Checkpoints
import DINOv2
import NN
import SAM

/// Models with random parameters, made in memory: as large, and as fast, as the published ones.
///
/// The spread keeps activations near 1 through all layers: weights by the number of their inputs, norms about 1,
/// so that nothing overflows, no softmax is a step, and every parameter matters to the result.
package enum RandomModel {
  /// - Parameter outliers: whether `PlantedOutliers` are in it.
  package static func dino(
    _ configuration: DINOConfiguration, seed: UInt64 = 1, outliers: Bool = false
  ) throws -> SafetensorsFile {
    let planted = PlantedOutliers(depth: configuration.depth, bias: "mlp.fc2.bias", scale: "ls2.gamma")
    return try file(
      configuration.parameters, SafetensorsFile.configurationText(configuration), seed,
      outliers ? planted : nil)
  }

  /// - Parameter outliers: whether `PlantedOutliers` are in it.
  package static func sam(
    _ configuration: SAMConfiguration, seed: UInt64 = 1, outliers: Bool = false
  ) throws -> SafetensorsFile {
    let planted = PlantedOutliers(depth: configuration.depth, bias: "mlp.lin2.bias", scale: nil)
    return try file(
      configuration.parameters(), SafetensorsFile.configurationText(configuration), seed,
      outliers ? planted : nil)
  }

  private static func file(
    _ parameters: [Parameter], _ configuration: String, _ seed: UInt64, _ planted: PlantedOutliers?
  ) throws -> SafetensorsFile {
    var number = seed &* 1000
    return try SafetensorsFile(
      inMemory: "random weights", parameters.map { .init($0.name, .f32, $0.shape) },
      metadata: [SafetensorsFile.configurationKey: configuration]
    ) { tensor, bytes in
      number += 1
      let spread = spread(tensor.name, tensor.shape)
      let values = bytes.bindMemory(to: Float.self)
      RandomNumbers.fill(values, seed: number, middle: spread.middle, spread: spread.spread)
      planted?.plant(in: values, of: tensor.name)
    }
  }

  private static func spread(_ name: String, _ shape: [Int]) -> (middle: Float, spread: Float) {
    if shape.count == 1 { return (name.hasSuffix(".bias") ? 0 : name.hasSuffix(".gamma") ? 0.5 : 1, 0.1) }
    if tables.contains(where: { name.contains($0) }) { return (0, 1) }
    let inputs = shape.dropFirst().reduce(1, *)
    return (0, (3 / Float(inputs)).squareRoot())
  }

  /// What marks a table of vectors that are added or used as they are.
  private static let tables = [
    "pos_embed", "cls_token", "register_tokens", "gaussian_matrix", "iou_token.", "mask_tokens.",
    "point_embed",
    "_embed.weight",
  ]
}
