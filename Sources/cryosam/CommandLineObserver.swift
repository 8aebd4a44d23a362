import CommandLineKit
import Cryo
import NN
import Parallel

/// Shows a run's progress on standard error.
struct CommandLineObserver: RunObserver {
  let quiet: Bool

  /// Sets the number of threads too.
  init(_ options: CommonOptions) {
    quiet = options.quiet
    if let threads = options.threads { Parallel.threads = threads }
  }

  func note(_ text: String) { Output.note(text, quiet: quiet) }

  func begin(_ title: String, total: Int, unit: String) -> any StageProgress {
    Stage(progress: Progress(title, total, unit: unit, quiet: quiet))
  }

  private struct Stage: StageProgress {
    let progress: Progress
    func advance(by steps: Int) { progress.advance(by: steps) }
    func skip(_ steps: Int) { progress.skip(steps) }
    func finish() { progress.finish() }
  }
}

extension RunRecord {
  /// A record of this process's command.
  static func ofThisCommand() -> RunRecord {
    RunRecord(version: Version.current, command: ["cryosam"] + CommandLine.arguments.dropFirst())
  }
}
