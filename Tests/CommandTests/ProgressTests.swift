import CommandLineKit
import Files
import Testing

@Suite("Progress and numbers")
struct ProgressTests {
  @Test(
    "durations",
    arguments: [
      (0.04, "0.0 s"), (1.46, "1.5 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
      (160, "2 min 40 s"), (3_599.7, "1 h 0 min"), (11_100, "3 h 5 min"), (90_000, "1 d 1 h"),
      (.infinity, "a long time"),
    ])
  func durations(seconds: Double, text: String) {
    #expect(ProgressText.duration(seconds) == text)
  }

  @Test("plain lines") func lines() {
    let slow = ProgressText(title: "features", done: 12, total: 96, unit: "slices", seconds: 24)
    #expect(slow.line == "features: 12 of 96 slices, 0.50 slices/s, 2 min 48 s left")
    let slower = ProgressText(title: "features", done: 1, total: 3, unit: "slices", seconds: 20)
    #expect(slower.line == "features: 1 of 3 slices, 3.00 slices/min, 40 s left")
    let resumed = ProgressText(
      title: "features", done: 52, skipped: 40, total: 96, unit: "slices", seconds: 6)
    #expect(resumed.line == "features: 52 of 96 slices, 2.00 slices/s, 22 s left")
    let start = ProgressText(title: "features", done: 0, total: 96, unit: "slices", seconds: 6)
    #expect(start.line == "features: 0 of 96 slices")
  }

  @Test("bars are never wider than the terminal", arguments: 0..<120)
  func bars(columns: Int) {
    let text = ProgressText(title: "features", done: 48, total: 96, unit: "slices", seconds: 24).bar(
      columns: columns)
    #expect(text.count < max(1, columns))
    if columns == 80 {
      #expect(text == "features [###############...............] 48/96, 2.00 slices/s, 24 s left")
    }
  }

  @Test(
    "decimals",
    arguments: [
      (0.5, 4, "0.5000"), (-0.00004, 4, "0.0000"), (-1.25, 1, "-1.3"), (12, 0, "12"), (0.05, 1, "0.1"),
      (999_999.9996, 3, "1000000.000"), (.nan, 2, "nan"), (1e300, 2, "1e+300"),
    ])
  func decimals(value: Double, places: Int, text: String) {
    #expect(decimal(value, places: places) == text)
  }
}
