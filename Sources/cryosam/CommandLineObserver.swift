import CommandLineKit
import NN
import Runs

/// Shows a run's progress on standard error.
struct CommandLineObserver: RunObserver {
  let quiet: Bool

  init(_ options: CommonOptions) { quiet = options.quiet }

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

extension CommonOptions {
  /// Makes ready for networks: sets the number of threads, opens the library of matrix products, and notes what slows it
  /// down here.
  ///
  /// - Throws: `Failure` if there is no such library, or one that is wrong.
  func prepareForNetworks() throws {
    apply()
    for remark in try MatrixLibrary.prepare() { Output.note(remark, quiet: quiet) }
  }
}
