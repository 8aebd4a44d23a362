import Cryo
import Testing

@Suite("Whether a narrower precision is near enough")
struct PrecisionCheckTests {
  @Test(
    "each figure can fail it, and what is not a number does",
    arguments: [
      (0.999, 0.01, 0.95, true), (0.98, 0.01, 0.95, false), (0.999, 0.3, 0.95, false),
      (0.999, 0.01, 0.8, false), (.nan, 0.01, 0.95, false), (0.999, .nan, 0.95, false),
      (0.999, 0.01, .nan, false),
    ])
  func limits(cosine: Double, error: Double, overlap: Double, holds: Bool) {
    let check = PrecisionCheck(
      .int8, slices: 3, tokenCosine: cosine, embeddingError: error, maskIoU: overlap)
    #expect(check.holds == holds)
    #expect(check.json["holds"]?.bool == holds)
    #expect(check.failure.remedy?.contains("--precision-fallback") == true)
  }

  @Test("what was not measured does not fail it")
  func unmeasured() {
    #expect(PrecisionCheck(.int8, slices: 3, tokenCosine: 0.999).holds)
    #expect(PrecisionCheck(.bfloat16, slices: 1).holds)
  }
}
