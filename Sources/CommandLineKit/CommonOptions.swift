import ArgumentParser
import Parallel

/// The options of every command that computes for a while.
public struct CommonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads to use (default: all cores).", valueName: "n"), transform: within(1...Int.max)
  )
  public var threads: Int?

  @Flag(help: "Show no progress.")
  public var quiet = false

  public init() {}

  /// Sets the number of threads.
  public func apply() {
    if let threads { Parallel.threads = threads }
  }
}

/// `--json`, for commands with a result to read.
public struct JSONOption: ParsableArguments {
  @Flag(help: "Print the result as JSON.")
  public var json = false

  public init() {}
}
