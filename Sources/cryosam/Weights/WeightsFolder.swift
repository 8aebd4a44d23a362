import ArgumentParser
import Checkpoints
import Files
import FoundationEssentials

/// `--directory`: where `cryosam weights` keeps checkpoints.
struct WeightsFolder: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder of the weights (default: $XDG_DATA_HOME/cryosam, or ~/.local/share/cryosam).",
      valueName: "folder"))
  var directory: String?

  /// The folder's path.
  ///
  /// - Throws: `Failure` if nothing in the environment tells a default.
  func path() throws -> String {
    if let directory {
      return directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
    }
    let environment = ProcessInfo.processInfo.environment
    // The XDG base directory specification: a relative path is not valid and must be ignored.
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/cryosam" }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw Failure(
        .usage, "there is no home folder to keep weights in", remedy: "name a folder with --directory")
    }
    return "\(home)/.local/share/cryosam"
  }

  /// The path, after making the folder.
  func make() throws -> String {
    let path = try path()
    try Folder.make(path, remedy: "name another with --directory")
    return path
  }
}
