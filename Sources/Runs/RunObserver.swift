/// What a run tells whoever watches it. The stages never print.
public protocol RunObserver: Sendable {
  /// A remark, one line.
  func note(_ text: String)
  /// A stage of `total` steps begins, called `unit` in the plural.
  func begin(_ title: String, total: Int, unit: String) -> any StageProgress
}

/// The steps of one stage. May be told from any thread.
public protocol StageProgress: Sendable {
  /// `steps` more are done.
  func advance(by steps: Int)
  /// `steps` more were there from an earlier run.
  func skip(_ steps: Int)
  /// The stage is over.
  func finish()
}

/// An observer that says nothing.
public struct SilentObserver: RunObserver, StageProgress {
  public init() {}
  public func note(_ text: String) {}
  public func begin(_ title: String, total: Int, unit: String) -> any StageProgress { self }
  public func advance(by steps: Int) {}
  public func skip(_ steps: Int) {}
  public func finish() {}
}
