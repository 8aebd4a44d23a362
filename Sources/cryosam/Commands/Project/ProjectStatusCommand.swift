import ArgumentParser
import CommandLineKit
import Files
import Project

/// `cryosam project status`.
struct ProjectStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show what is done, missing and failed of a project, and the time left.",
    discussion: """
      EXAMPLES
        cryosam project status lab
        cryosam project status lab --json

      The time left is reckoned for one tomogram after the other on a machine like the one that did those that are done.
      """)

  @OptionGroup var place: ProjectFolder
  @OptionGroup var result: JSONOption

  func run() throws {
    let status = ProjectStatus(try Project(Path.absolute(place.folder)))
    guard !result.json else { return Output.json(status.json) }
    Output.line("\(status.table)\n\(status.line)")
  }
}
