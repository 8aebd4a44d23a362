import ArgumentParser

/// The options of every command that computes for a while.
public struct CommonOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Threads to use (default: all cores).", valueName: "n"))
  public var threads: Int?

  @Flag(help: "Show no progress.")
  public var quiet = false

  public init() {}

  public func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("The value '\(threads)' is invalid for '--threads <n>': it must be at least 1")
    }
  }
}

/// `--json`, for commands with a result to read.
public struct JSONOption: ParsableArguments {
  @Flag(help: "Print the result as JSON.")
  public var json = false

  public init() {}
}
