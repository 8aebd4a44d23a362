import ArgumentParser
import CommandLineKit
import Cryo
import Volumes

/// `--fill`, `--clip`: which voxels are not the specimen.
struct VoxelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The constant that fills borders, left out of contrast and mean; none: there is none (default: what is found).",
      valueName: "value"))
  var fill: FillArgument?

  @Option(
    help: ArgumentHelp(
      "Where voxels' values end, those beyond are left out and cut; none: nowhere (default: what is found).",
      valueName: "low,high"))
  var clip: ClipArgument?

  @Option(
    help: ArgumentHelp(
      "The voxel size in Angstroms, where the header's is unknown or wrong.", valueName: "angstrom"),
    transform: within(VoxelReading.voxelSizeRange))
  var voxelSize: Double?

  @Flag(help: "Read bytes (mode 0) as signed, or as unsigned (default: as header and voxels have it).")
  var signs: SignArgument?

  func set(_ parameters: inout PipelineParameters) {
    if let fill { parameters.cleaning.fill = fill.part }
    if let clip { parameters.cleaning.limits = clip.part }
    parameters.reading.voxelSizeAngstroms = voxelSize
    if let signs { parameters.reading.signs = signs == .signed ? .signed : .unsigned }
  }
}

/// `--signed`, `--unsigned`.
enum SignArgument: EnumerableFlag {
  case signed
  case unsigned
}

/// `-32768` or `none`.
struct FillArgument: ExpressibleByArgument {
  let part: VoxelCleaning.Choice.Part<Float>

  init?(argument: String) {
    if argument == "none" {
      part = .none
    } else {
      guard let value = Float(argument), value.isFinite else { return nil }
      part = .given(value)
    }
  }
}

/// `-500,500` or `none`.
struct ClipArgument: ExpressibleByArgument {
  let part: VoxelCleaning.Choice.Part<ClosedRange<Float>>

  init?(argument: String) {
    if argument == "none" {
      part = .none
      return
    }
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1], low.isFinite, high.isFinite,
      low < high
    else { return nil }
    part = .given(low...high)
  }
}
