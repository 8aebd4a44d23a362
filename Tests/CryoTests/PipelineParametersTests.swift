import Cryo
import Files
import Images
import Testing
import Volumes

@Suite("Parameters of a run")
struct PipelineParametersTests {
  @Test("the usual ones are sound", arguments: Profile.allCases)
  func usualOnes(profile: Profile) throws {
    try usual(profile).validate()
    #expect(PipelineParameters.usual == usual(.judged))
    #expect(
      usual(.paper).topK == 512 && usual(.paper).matching == .hierarchical && usual(.paper).masks == .union)
    #expect(PipelineParameters.usual.contrast == Percentiles.usual)
    #expect(usual(.reference).contrast == nil && usual(.reference).axes == [.z])
  }

  private static let refused: [(String, @Sendable (inout PipelineParameters) -> Void)] = [
    ("top_k is 0, not between 1 and 9223372036854775807", { $0.topK = 0 }),
    ("similarity is 1.5, not between -1.0 and 1.0", { $0.leastSimilarity = 1.5 }),
    ("similarity is nan, not between -1.0 and 1.0", { $0.leastSimilarity = .nan }),
    ("iou is -0.1, not between 0.0 and 1.0", { $0.leastIoU = -0.1 }),
    ("max_area is 0, not between 1 and 9223372036854775807", { $0.largestArea = 0 }),
    ("dino_size is 4097, not between 1 and 4096", { $0.featureInputSide = 4097 }),
    ("the axes are []: name some of z, y, x, each once", { $0.axes = [] }),
    ("the axes are [\"z\", \"z\"]: name some of z, y, x, each once", { $0.axes = [.z, .z] }),
    ("the ratios [] of matching do not become smaller from first to last", { $0.pyramid = [] }),
    ("the ratios [8, 8] of matching do not become smaller from first to last", { $0.pyramid = [8, 8] }),
    ("the ratios [4, 0] of matching do not become smaller from first to last", { $0.pyramid = [4, 0] }),
  ]

  @Test("what is out of its range is named", arguments: refused.indices)
  func ranges(row: Int) {
    let (message, change) = Self.refused[row]
    let failure = #expect(throws: Failure.self) { try usual(.paper, change).validate() }
    #expect(failure?.kind == .usage)
    #expect(failure?.reason == message)
  }

  @Test("the released code has no naive matching")
  func exclusion() {
    let failure = #expect(throws: Failure.self) {
      try usual(.reference) { $0.matching = .naive }.validate()
    }
    #expect(failure?.reason == "matching 'naive' is not in the profile 'reference'")
  }

  @Test("the stages come in the paper's order")
  func stages() {
    #expect(Stage.allCases == [.features, .prompted, .query, .matching, .proposed])
    #expect(Stage.allCases.sorted() == Stage.allCases && Stage.features < .prompted)
  }
}
