import ArgumentParser
import CommandLineKit

/// `--cache`, `--discard-cache`: where encoded slices are kept.
struct CacheOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder that keeps what networks made of slices, for this run and others (default: encoded-slices in the folder for the results).",
      valueName: "folder"))
  var cache: String?

  @Flag(help: "Remove the results' own cache when the run is complete.")
  var discardCache = false

  func validate() throws {
    if cache != nil && discardCache {
      throw ValidationError("'--discard-cache' is for the results' own cache: leave it or '--cache' out")
    }
  }

  /// What `--cache folder` gives.
  static func given(_ folder: String) -> CacheOptions {
    var options = CacheOptions()
    (options.cache, options.discardCache) = (folder, false)
    return options
  }
}
