import ArgumentParser
import CommandLineKit
import Cryo
import Volumes

/// `--fill`, `--clip`: which voxels are not the specimen; `--level`, `--bin`: which are worked on.
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

  @Option(
    help: ArgumentHelp(
      "Which level of an OME-Zarr volume is the tomogram: its number, 0 the finest, or the one nearest to a voxel size (10A) (default: 0).",
      valueName: "level"))
  var level: PyramidLevel?

  @Option(
    help: ArgumentHelp(
      "Work on voxels that are the mean of N along each axis; coordinates and masks are those of the tomogram all the same.",
      valueName: "n"), transform: within(Binning.factorRange))
  var bin: Int?

  @Option(
    help: ArgumentHelp(
      "As --bin, by the whole number that comes nearest to voxels of so many Angstroms; 10 to 14 suit most particles.",
      valueName: "angstrom"), transform: within(VoxelReading.voxelSizeRange))
  var atVoxelSize: Double?

  func validate() throws {
    if bin != nil && atVoxelSize != nil {
      throw ValidationError("'--bin' and '--at-voxel-size' say the same: leave one out")
    }
  }

  func set(_ parameters: inout PipelineParameters) {
    parameters.reading.level = level
    if let bin { parameters.binning = .factor(bin) }
    if let atVoxelSize { parameters.binning = .voxelSize(atVoxelSize) }
    if let fill { parameters.cleaning.fill = fill.part }
    if let clip { parameters.cleaning.limits = clip.part }
    parameters.reading.voxelSizeAngstroms = voxelSize
    if let signs { parameters.reading.signs = signs == .signed ? .signed : .unsigned }
  }
}

/// `2` or `10A`.
extension PyramidLevel: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
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
