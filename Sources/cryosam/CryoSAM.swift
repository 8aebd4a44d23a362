import ArgumentParser
import CommandLineKit

/// `cryosam`: the root of the subcommands.
@main
struct CryoSAM: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cryosam",
    abstract: "Segments every particle of one kind in a tomogram, from a click on one of them.",
    version: "cryosam \(Version.current)",
    subcommands: [
      Segment.self, ViewCommand.self, PickCommand.self, PicksCommand.self, SummaryCommand.self,
      InstanceCommand.self,
      FeaturesCommand.self, MatchCommand.self, EmbeddingsCommand.self, ProjectCommand.self, Encode.self,
      Predict.self,
      Evaluate.self, StudyCommand.self, ReportCommand.self, SimulateCommand.self, WeightsCommand.self,
      Info.self, Compare.self,
      BenchCommand.self,
    ])

  static func main() {
    ProgramMain.run(Self.self)
  }
}
