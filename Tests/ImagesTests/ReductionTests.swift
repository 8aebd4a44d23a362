import Images
import Testing

@Suite("smaller images")
struct ReductionTests {
  @Test(
    "sides, and means of squares",
    arguments: [
      (2, 4, 2, [[10, 10, 30, 30], [10, 10, 30, 34]], 1, 2, [10, 31]),
      (3, 3, 2, [[0, 4, 9], [4, 8, 9], [6, 8, 5]], 2, 2, [4, 9, 7, 5]),
      (1, 3, 3, [[1, 2, 3]], 1, 3, [1, 2, 3]), (1, 5, 1, [[1, 2, 3, 4, 5]], 1, 1, [3]),
    ])
  func means(
    height: Int, width: Int, side: Int, rows: [[UInt8]], newHeight: Int, newWidth: Int, expected: [UInt8]
  ) {
    let small = RGBImage(height: height, width: width, gray: Array(rows.joined())).reduced(toSide: side)
    #expect(small == RGBImage(height: newHeight, width: newWidth, gray: expected))
  }
}
