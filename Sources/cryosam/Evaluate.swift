import ArgumentParser
import CommandLineKit
import Cryo
import Files

/// `cryosam evaluate`: precision, recall and F1 of picks against the truth.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare picks with the true particles, one to one within a radius.",
    discussion: """
      Each pick is matched to at most one particle and each particle to at most one pick; as many as can be, and
      then as near as can be. Tables are STAR, CSV or text, as for --prompts of segment.

      EXAMPLES
        cryosam evaluate run/picks.star truth.star --radius 10
        cryosam evaluate run/picks.star truth.star --radius 100A --json
      """)

  @Argument(help: "The picks.")
  var picks: String

  @Argument(help: "The true particles.")
  var truth: String

  @Option(
    help: ArgumentHelp(
      "How far a pick may be from its particle, in voxels, or with an A in Angstroms: 10, 100A.",
      valueName: "r"))
  var radius: Radius

  @Option(
    help: ArgumentHelp(
      "The tomogram: only its points count, and its voxel size is used.", valueName: "mrc"))
  var tomogram: String?

  @OptionGroup var output: JSONOption

  func run() throws {
    let pickTable = try PointTable(picks)
    let truthTable = try PointTable(truth)
    let geometry = try tomogram.map { try Tomogram($0).geometry }
    let scale = try radius.scale(
      voxelSizeAngstroms: geometry.flatMap { $0.hasVoxelSize ? $0.voxelSizeAngstroms : nil }
        ?? (pickTable.pixelSizeAngstroms ?? truthTable.pixelSizeAngstroms).map { SIMD3(repeating: $0) })
    let groups = try PointTable.paired(pickTable, truthTable, tomogram: tomogram, geometry: geometry)
    let evaluation = PickEvaluation(
      pooling: groups.map {
        PickEvaluation(picks: $0.picks, truth: $0.truth, radius: radius.length, scale: scale)
      })
    if output.json {
      Output.json(json(evaluation, tomograms: groups.count))
    } else {
      Output.line(text(evaluation, tomograms: groups.count))
    }
  }

  private func text(_ result: PickEvaluation, tomograms: Int) -> String {
    let unit = radius.inAngstroms ? "A" : "voxels"
    var lines = [
      "picks      \(result.pickCount)",
      "particles  \(result.truthCount)" + (tomograms > 1 ? " in \(tomograms) tomograms" : ""),
      "matched    \(result.truePositives) within \(radius)",
      "precision  \(decimal(result.precision, places: 4))",
      "recall     \(decimal(result.recall, places: 4))",
      "F1         \(decimal(result.f1, places: 4))",
    ]
    if let mean = result.meanError, let median = result.medianError {
      lines.append(
        "distance   mean \(decimal(mean, places: 2)), median \(decimal(median, places: 2)) \(unit)")
    }
    return lines.joined(separator: "\n")
  }

  private func json(_ result: PickEvaluation, tomograms: Int) -> JSON {
    [
      "picks": .integer(result.pickCount), "particles": .integer(result.truthCount),
      "tomograms": .integer(tomograms), "radius": .number(radius.length),
      "unit": radius.inAngstroms ? "angstrom" : "voxel",
      "true_positives": .integer(result.truePositives), "false_positives": .integer(result.falsePositives),
      "false_negatives": .integer(result.falseNegatives), "precision": .number(result.precision),
      "recall": .number(result.recall), "f1": .number(result.f1),
      "mean_distance": result.meanError.map { .number($0) } ?? .null,
      "median_distance": result.medianError.map { .number($0) } ?? .null,
    ]
  }
}

/// `--radius`: voxels, or Angstroms with an `A` behind the number.
struct Radius: ExpressibleByArgument, CustomStringConvertible {
  let length: Double
  let inAngstroms: Bool
  let description: String

  init?(argument: String) {
    let number = argument.hasSuffix("A") ? argument.dropLast() : argument[...]
    guard let length = Double(number), length > 0, length < 1e9 else { return nil }
    self.length = length
    inAngstroms = argument.hasSuffix("A")
    description = inAngstroms ? "\(number) A" : "\(number) voxels"
  }

  /// The length of a voxel along x, y, z in the radius's units.
  func scale(voxelSizeAngstroms: SIMD3<Double>?) throws -> SIMD3<Double> {
    guard inAngstroms else { return SIMD3(repeating: 1) }
    guard let voxelSizeAngstroms else {
      throw Failure(
        .usage, "the radius is in Angstroms, but no voxel size is known",
        remedy: "give --tomogram, or the radius in voxels")
    }
    return voxelSizeAngstroms
  }
}
