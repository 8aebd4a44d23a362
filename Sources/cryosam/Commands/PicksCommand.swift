import ArgumentParser

/// `cryosam picks`: tables of picks of this and other programs.
struct PicksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "picks",
    abstract: "Bring tables of picks from one program's format to another's.",
    subcommands: [PicksConvert.self])
}
