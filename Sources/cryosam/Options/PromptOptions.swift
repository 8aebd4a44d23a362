import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Images
import Points
import Runs
import Volumes

/// `--point` and `--prompts`: where the user's particles are.
struct PromptOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Points on particles: STAR, CSV or text (may be repeated).", valueName: "file"))
  var prompts: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A point on a particle, in voxels (may be repeated).", valueName: "x,y,z"),
    transform: PointArgument.read)
  var point: [PointArgument] = []
  @OptionGroup var tables: PointReadingOptions

  func validate() throws {
    if prompts.isEmpty && point.isEmpty {
      throw ValidationError("No particle is pointed at: give --point or --prompts")
    }
  }
}

/// What the coordinates in tables of points are.
struct PointUnitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What coordinates in tables are: voxel (of the tomogram, whatever the table says), angstrom (from the first voxel) or fraction (of the sides).",
      valueName: "unit"))
  var pointUnit: PointUnit?
  @Option(
    help: ArgumentHelp("The size of the pixels that tables count in, in Angstroms.", valueName: "a"),
    transform: within(0.01...10_000.0))
  var pointPixelSize: Double?

  func validate() throws {
    if pointPixelSize != nil, let pointUnit, pointUnit != .voxel {
      throw ValidationError(
        "'--point-pixel-size' is of coordinates in voxels, not of '--point-unit \(pointUnit)'")
    }
  }
}

/// What tables of points cannot tell.
struct PointReadingOptions: ParsableArguments {
  @OptionGroup var units: PointUnitOptions
  @Option(
    help: ArgumentHelp("The tomogram as tables name it (default: by its file's name).", valueName: "name"))
  var tomogramName: String?
  @Option(
    help: ArgumentHelp(
      "RELION's tomograms.star: what its coordinates are relative to.", valueName: "star"))
  var tomograms: String?

  /// - Throws: `Failure` if the file of tomograms cannot be read.
  func reading() throws -> PointReading {
    PointReading(
      unit: units.pointUnit, pixelSizeAngstroms: units.pointPixelSize, tomogram: tomogramName,
      tiltSeries: try tiltSeries())
  }

  /// What RELION knows of tomograms.
  func tiltSeries() throws -> TiltSeriesTable? { try tomograms.map { try TiltSeriesTable($0) } }
}

extension PointUnit: ExpressibleByArgument {}

/// What `segment` looks for, and what it is not.
struct QueryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Points on particles: STAR, CSV or text (may be repeated). A column of classes makes several kinds.",
      valueName: "file"))
  var prompts: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A point on a particle, in voxels (may be repeated); ribosome=X,Y,Z names its kind.",
      valueName: "x,y,z"), transform: NamedPointArgument.read)
  var point: [NamedPointArgument] = []
  @Option(
    help: ArgumentHelp(
      "Particles of another run: its query.safetensors (may be repeated; those of one kind are averaged).",
      valueName: "file"))
  var query: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A point on a thing that picks must not be (may be repeated).", valueName: "x,y,z"),
    transform: PointArgument.read)
  var notPoint: [PointArgument] = []
  @Option(
    help: ArgumentHelp(
      "Points on things that picks must not be: STAR, CSV or text (may be repeated).", valueName: "file"))
  var notPrompts: [String] = []
  @OptionGroup var tables: PointReadingOptions

  func validate() throws {
    if prompts.isEmpty && point.isEmpty && query.isEmpty {
      throw ValidationError("No particle is pointed at: give --point, --prompts or --query")
    }
  }

  /// Checks that `profile` can do what is asked for.
  func check(_ profile: Profile) throws {
    guard profile != .judged else { return }
    let given = [
      ("--query", !query.isEmpty), ("--not-point", !notPoint.isEmpty), ("--not-prompts", !notPrompts.isEmpty),
      ("CLASS=X,Y,Z", point.contains { $0.point.name != nil }),
    ]
    for (name, isGiven) in given where isGiven {
      throw ValidationError(
        "'\(name)' needs finds that are judged: leave '--profile \(profile.rawValue)' out")
    }
  }
}
