import Files
import Platform
import Synchronization

/// Progress of one stage on standard error: a bar that is updated in place on a terminal, else a plain line
/// every few seconds, nothing if `quiet`. May be advanced from any thread.
public final class Progress: Sendable {
  private let title: String
  private let total: Int
  private let unit: String
  private let style: Style
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  private enum Style { case silent, lines, bar }
  private struct State {
    var done = 0
    /// Steps that cost nothing (found in a cache): they count as done, not for the rate.
    var skipped = 0
    var shown: ContinuousClock.Instant?
    var finished = false
  }

  /// Starts a stage of `total` steps, called `unit` in the plural: `Progress("features", 96, unit: "slices")`.
  public init(_ title: String, _ total: Int, unit: String, quiet: Bool = false) {
    self.title = title
    self.total = total
    self.unit = unit
    style = quiet ? .silent : isatty(STDERR_FILENO) == 1 ? .bar : .lines
  }

  /// Counts `steps` more as done.
  public func advance(by steps: Int = 1) {
    advance(done: steps, skipped: 0)
  }

  /// Counts `steps` more that were there already, from an earlier run.
  public func skip(_ steps: Int) {
    advance(done: steps, skipped: steps)
  }

  /// Ends the stage: the last line says how long it took. Further calls do nothing.
  public func finish() {
    state.withLock { state in
      guard !state.finished else { return }
      state.finished = true
      guard style != .silent else { return }
      let text = ProgressText.finished(title, state.done, unit: unit, seconds: elapsed)
      writeAll(style == .bar ? "\r\(text)\u{1B}[K\n" : text + "\n", to: .standardError)
    }
  }

  private func advance(done: Int, skipped: Int) {
    state.withLock { state in
      state.done += done
      state.skipped += skipped
      let now = ContinuousClock.now
      let interval: Duration = style == .bar ? .milliseconds(100) : .seconds(5)
      guard style != .silent, !state.finished, now - (state.shown ?? start) >= interval else { return }
      state.shown = now
      let text = ProgressText(
        title: title, done: state.done, skipped: state.skipped, total: total, unit: unit, seconds: elapsed)
      writeAll(
        style == .bar ? "\r\(text.bar(columns: Self.columns))\u{1B}[K" : text.line + "\n", to: .standardError)
    }
  }

  private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// The terminal's width.
  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}

/// The texts of a progress display.
package struct ProgressText {
  let title: String
  let done: Int
  let skipped: Int
  let total: Int
  let unit: String
  let seconds: Double

  package init(title: String, done: Int, skipped: Int = 0, total: Int, unit: String, seconds: Double) {
    self.title = title
    self.done = done
    self.skipped = skipped
    self.total = total
    self.unit = unit
    self.seconds = seconds
  }

  /// Steps a second, if any were done in measurable time.
  private var rate: Double? {
    done > skipped && seconds > 0 ? Double(done - skipped) / seconds : nil
  }

  /// `0.52 slices/s, 2 min 40 s left`
  private var pace: String {
    guard let rate else { return "" }
    let shown = rate >= 0.1 ? "\(Self.rounded(rate)) \(unit)/s" : "\(Self.rounded(60 * rate)) \(unit)/min"
    let left = Double(max(0, total - done)) / rate
    return ", \(shown), \(duration(left)) left"
  }

  /// `features: 12 of 96 slices, 0.52 slices/s, 2 min 40 s left`
  package var line: String { "\(title): \(done) of \(total) \(unit)\(pace)" }

  /// The same behind a bar, no wider than the terminal.
  package func bar(columns: Int) -> String {
    let text = " \(done)/\(total)\(pace)"
    let room = columns - 1 - title.count - text.count - 3
    guard room >= 5 else { return String("\(title)\(text)".prefix(max(0, columns - 1))) }
    let width = min(room, 30)
    let full = total > 0 ? min(width, done * width / total) : width
    return
      "\(title) [\(String(repeating: "#", count: full))\(String(repeating: ".", count: width - full))]\(text)"
  }

  /// `features: 96 slices in 3 min 5 s`
  package static func finished(_ title: String, _ done: Int, unit: String, seconds: Double) -> String {
    "\(title): \(done) \(unit) in \(duration(seconds))"
  }

  private static func rounded(_ rate: Double) -> String {
    decimal(rate, places: rate >= 100 ? 0 : rate >= 10 ? 1 : 2)
  }
}
