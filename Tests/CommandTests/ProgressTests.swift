import CommandLineKit
import Testing

@Suite("Progress")
struct ProgressTests {
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
}
