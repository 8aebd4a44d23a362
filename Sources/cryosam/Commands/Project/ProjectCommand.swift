import ArgumentParser
import CommandLineKit
import Project

/// `cryosam project`: many tomograms.
struct ProjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Segment a whole data set from one click, on this machine or a cluster.",
    discussion: """
      EXAMPLES
        cryosam project init lab --tomograms 'tomograms/*.mrc' --dino dinov2.safetensors --sam sam.safetensors \\
          --point 120,88,40 --tomogram-name TS_01
        cryosam project run lab
        cryosam project status lab
        cryosam project submit lab --slurm --partition cpu --dry-run
      """,
    subcommands: [
      ProjectInit.self, ProjectRun.self, ProjectStatusCommand.self, ProjectSubmit.self, ProjectTask.self,
    ])
}

/// The folder that every subcommand works on.
struct ProjectFolder: ParsableArguments {
  @Argument(help: ArgumentHelp("The folder of the project.", valueName: "folder"))
  var folder: String
}
