import Files
import Testing

@Suite("Numbers, times and tables as text")
struct TextTests {
  @Test(
    "decimals",
    arguments: [
      (0.5, 4, "0.5000"), (-0.00004, 4, "0.0000"), (-1.25, 1, "-1.3"), (12, 0, "12"), (0.05, 1, "0.1"),
      (999_999.9996, 3, "1000000.000"), (.nan, 2, "nan"), (1e300, 2, "1e+300"),
    ])
  func decimals(value: Double, places: Int, text: String) {
    #expect(decimal(value, places: places) == text)
  }

  @Test(
    "durations",
    arguments: [
      (0.04, "0.0 s"), (1.46, "1.5 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min 0 s"),
      (160, "2 min 40 s"), (3_599.7, "1 h 0 min"), (11_100, "3 h 5 min"), (90_000, "1 d 1 h"),
      (.infinity, "a long time"),
    ])
  func durations(seconds: Double, text: String) {
    #expect(duration(seconds) == text)
  }

  @Test("more places for short times") func places() {
    #expect(duration(0.0214, places: 3) == "0.021 s" && duration(12.04, places: 3) == "12 s")
  }

  @Test("columns as wide as their widest cell, no blanks at line ends") func tables() {
    let rows = [["name", "size", "note"], ["a", "1234567"], [], ["longer", "", "x "]]
    #expect(
      alignedTable(rows) == """
        name    size     note
        a       1234567

        longer           x
        """)
    #expect(alignedTable([["ä", "b"], ["cc", "d"]], gap: 1) == "ä  b\ncc d" && alignedTable([]).isEmpty)
    #expect("ab".leftAligned(4) == "ab  " && "ab".rightAligned(4) == "  ab" && "ab".leftAligned(1) == "ab")
  }
}
