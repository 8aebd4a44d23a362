import ArgumentParser
import CommandLineKit
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
