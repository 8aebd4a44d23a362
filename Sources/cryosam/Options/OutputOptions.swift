import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Platform
import Points
import Runs
import Volumes

/// `-o`, `--force`.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the results.", valueName: "folder"))
  var output: String

  @OptionGroup var place: PlaceOptions

  @Flag(help: "Replace results that are in the folder already.")
  var force = false

  @Flag(help: "End with exit code 1 if nothing is found; the results are written all the same.")
  var failIfEmpty = false

  /// - Throws: the exit code that was asked for if `count` is 0.
  func check(_ count: Int) throws {
    if failIfEmpty && count == 0 { throw ExitCode(1) }
  }
}

/// `--parents`.
struct PlaceOptions: ParsableArguments {
  @Flag(help: "Make all folders above the folder for the results that are missing, not one alone.")
  var parents = false

  /// Refuses to make more than the folder `output` and the one above it, unless told to: a mistyped path would be made
  /// whole.
  func check(_ output: String) throws {
    guard !parents, isMissing(output) else { return }
    let parent = Path.folder(output)
    guard isMissing(parent), isMissing(Path.folder(parent)) else { return }
    throw Failure(
      .cannotCreate, path: output, "there is no folder \(Path.folder(parent))",
      remedy: "check the path, or let --parents make it whole")
  }

  private func isMissing(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }
}

/// `--memory-limit`.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Memory for slices' features and embeddings; the rest is read from the cache when needed (default: an eighth of the machine's, at most 0.5).",
      valueName: "gb"), transform: within(0...1_000_000.0))
  var memoryLimit: Double?

  var bytes: Int { memoryLimit.map { Int($0 * 1e9) } ?? RunContext.usualMemory }
}
