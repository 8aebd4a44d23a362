import SAM
import Testing

@Suite("Bit masks")
struct BitMaskTests {
  @Test("areas, overlaps, unions across word borders")
  func counts() {
    var a = BitMask(height: 9, width: 15)
    var b = BitMask(height: 9, width: 15) { $0 % 3 == 0 }
    for index in 0..<9 * 15 where index % 2 == 0 { a[index / 15, index % 15] = true }
    #expect(a.area == 68)
    #expect(b.area == 45)
    #expect(a.overlap(b) == (23, 90))
    b.formUnion(a)
    #expect(b.area == 90)
    var pixels: [Int] = []
    b.forEachPixel { y, x in pixels.append(y * 15 + x) }
    #expect(pixels == (0..<135).filter { $0 % 2 == 0 || $0 % 3 == 0 })
    #expect(b.bytes.map(Int.init).reduce(0, +) == 90)
    a[0, 0] = false
    #expect(!a[0, 0] && a.area == 67)
  }
}
