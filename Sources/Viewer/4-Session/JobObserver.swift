import Runs

/// Work that goes on, for the page.
struct Job: Sendable {
  /// What is being done.
  var title: String
  var done = 0
  var total = 0
  /// How long it may take, and the like.
  var note: String?
  /// Whether it is to go on.
  var isWanted = true
}

/// Shows a run's progress on the page.
struct JobObserver: RunObserver {
  /// Changes the job that is shown.
  let update: @Sendable ((inout Job) -> Void) -> Void

  func note(_ text: String) { update { $0.note = text } }

  func begin(_ title: String, total: Int, unit: String) -> any StageProgress {
    update { ($0.title, $0.done, $0.total) = (title, 0, total) }
    return Stage(update: update)
  }

  private struct Stage: StageProgress {
    let update: @Sendable ((inout Job) -> Void) -> Void
    func advance(by steps: Int) { update { $0.done += steps } }
    func skip(_ steps: Int) { update { $0.done += steps } }
    func finish() {}
  }
}
