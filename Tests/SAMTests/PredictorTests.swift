import NN
import SAM
import TestSupport
import Testing

@Suite("SAM predictor")
struct PredictorTests {
  @Test("an answer is the same bytes whatever else is in the batch")
  func batches() throws {
    let golden = try Golden("sam/sam_256.predictor")
    let sam = try SegmentAnything(GoldenModel.file("sam/sam_256"))
    let image = sam.embed(try PredictorGoldenTests.image("160x160"))
    let point = try PredictorGoldenTests.prompt(golden, "160x160.point")
    var masked = point
    masked.mask = sam.predict(image, [point], multimask: true)[0].lowResolutionLogits[0]
    let box = try PredictorGoldenTests.prompt(golden, "160x160.box")
    let prompts = [point, masked, box, masked, point]
    let together = sam.predict(image, prompts, multimask: true)
    for (index, prompt) in prompts.enumerated() {
      let alone = sam.predict(image, [prompt], multimask: true)[0]
      let same =
        alone.lowResolutionLogits.values == together[index].lowResolutionLogits.values
        && alone.predictedIoU == together[index].predictedIoU && alone.masks == together[index].masks
      #expect(same, "prompt \(index)")
    }
  }

  @Test("two resamplings as one", arguments: [(6, 24, 17, 40), (6, 24, 24, 9), (5, 3, 2, 7)])
  func samplingsTogether(low: Int, square: Int, cropped: Int, original: Int) {
    let first = AxisSampling.linear(inputs: low, outputs: square).first(cropped)
    let second = AxisSampling.linear(inputs: cropped, outputs: original)
    let one = AxisSampling.linear(inputs: 1, outputs: 1)
    let x = Tensor([low, 1], (0..<low).map { Float($0 * $0 % 7) - 2 })
    let steps = resample(resample(x, rows: first, columns: one), rows: second, columns: one).values
    let together = resample(x, rows: second.after(first), columns: one).values
    #expect(together.count == original)
    for index in 0..<original { #expect(abs(together[index] - steps[index]) < 1e-6) }
  }

  @Test("relative positions of another length are resized")
  func resizedRelativePositions() throws {
    // A table that is linear in the offset stays so when it is resized, but for the ends that are held.
    let table = Tensor([7, 1], (0..<7).map { Float($0) })
    let resized = resample(
      table, rows: .linear(inputs: 7, outputs: 13), columns: .linear(inputs: 1, outputs: 1)
    ).values
    for index in 1..<12 {
      #expect(abs(resized[index] - (Float(index) + 0.5) * 7 / 13 + 0.5) < 1e-5)
    }
    #expect(resized.first == 0 && resized.last == 6)
  }
}
