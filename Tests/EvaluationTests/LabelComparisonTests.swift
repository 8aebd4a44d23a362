import Evaluation
import Files
import Testing
import Volumes

@Suite("Label volumes against truth")
struct LabelComparisonTests {
  /// A volume [2, 1, n] whose first section is `labels` and whose second is empty.
  static func volume(_ labels: [Float]) throws -> Tomogram {
    try Tomogram(
      voxels: labels + labels.map { _ in 0 }, geometry: Geometry(depth: 2, height: 1, width: labels.count))
  }

  @Test("panoptic quality, by hand") func byHand() throws {
    // Truth 1: four voxels, three of them ours (IoU 3/4); truth 5: two voxels, one of them ours, and one beside
    // (IoU 1/3: no match); 8: one voxel that is ours alone.
    let truth = try Self.volume([1, 1, 1, 1, 0, 5, 5, 0, 0, 0])
    let ours = try Self.volume([0, 2, 2, 2, 0, 0, 3, 3, 0, 8])
    let result = try LabelComparison(ours, truth: truth)
    #expect(result.matches.count == 1)
    let match = try #require(result.matches.first)
    #expect(match.ours == 2 && match.truth == 1 && match.iou == 0.75)
    #expect(result.segmentationQuality == 0.75)
    #expect(result.recognitionQuality == 0.4)
    #expect(abs(result.panopticQuality - 0.3) < 1e-15)
    #expect(abs((result.meanDice ?? 0) - 6.0 / 7) < 1e-15)
    #expect(result.commonVoxels == 4)
    #expect(result.dice == 8.0 / 12 && result.iou == 0.5)
    #expect(result.dice(ours: 3, truth: 5) == 0.5 && result.dice(ours: 3, truth: 1) == 0)
  }

  @Test("an IoU of just 1/2 is no match") func half() throws {
    let result = try LabelComparison(try Self.volume([1, 1, 0]), truth: try Self.volume([1, 0, 0]))
    #expect(result.matches.isEmpty && result.iou == 0.5)
    #expect(result.panopticQuality == 0 && result.meanDice == nil)
  }

  @Test("only the labels of interest count") func kept() throws {
    let truth = try Self.volume([1, 1, 2, 2, 3, 3])
    let ours = try Self.volume([4, 4, 0, 0, 0, 0])
    #expect(try LabelComparison(ours, truth: truth).recognitionQuality == 0.5)
    let one = try LabelComparison(ours, truth: truth, keeping: [1])
    #expect(one.truth.count == 1 && one.panopticQuality == 1 && one.dice == 1)
    #expect(try LabelComparison(ours, truth: truth, keeping: [2]).dice == 0)
  }

  @Test("the volumes are exchangeable") func symmetric() throws {
    let (a, b) = (try Self.volume([1, 1, 1, 2, 2, 0, 0]), try Self.volume([0, 3, 3, 4, 4, 4, 0]))
    let (one, other) = (try LabelComparison(a, truth: b), try LabelComparison(b, truth: a))
    #expect(one.panopticQuality == other.panopticQuality && one.dice == other.dice)
  }

  @Test("what is no pair of label volumes is refused") func refused() throws {
    let good = try Self.volume([0, 1])
    for labels: [Float] in [[0.5, 1], [-1, 1], [3e7, 1]] {
      let failure = #expect(throws: Failure.self) {
        _ = try LabelComparison(try Self.volume(labels), truth: good)
      }
      #expect(failure?.reason == "holds \(labels[0]), which is no label")
    }
    let failure = #expect(throws: Failure.self) {
      _ = try LabelComparison(try Self.volume([0, 1, 1]), truth: good)
    }
    #expect(failure?.reason == "has 3 x 1 x 2 voxels, the truth 2 x 1 x 2")
  }
}
