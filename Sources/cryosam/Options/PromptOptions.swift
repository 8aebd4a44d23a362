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
    help: ArgumentHelp("A point on a particle, in voxels (may be repeated).", valueName: "x,y,z"))
  var point: [PointArgument] = []

  func validate() throws {
    if prompts.isEmpty && point.isEmpty {
      throw ValidationError("No particle is pointed at: give --point or --prompts")
    }
  }
}

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
      valueName: "x,y,z"))
  var point: [NamedPointArgument] = []
  @Option(
    help: ArgumentHelp(
      "Particles of another run: its query.safetensors (may be repeated; those of one kind are averaged).",
      valueName: "file"))
  var query: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A point on a thing that picks must not be (may be repeated).", valueName: "x,y,z"))
  var notPoint: [PointArgument] = []
  @Option(
    help: ArgumentHelp(
      "Points on things that picks must not be: STAR, CSV or text (may be repeated).", valueName: "file"))
  var notPrompts: [String] = []

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
