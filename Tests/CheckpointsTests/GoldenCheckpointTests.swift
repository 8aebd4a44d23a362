import Checkpoints
import DINOv2
import Files
import SAM
import TestSupport
import Testing

/// The reference checkpoints, whose sizes are known from the code that made them.
@Suite("Reference checkpoints")
struct GoldenCheckpointTests {
  private func model(_ name: String, heads: Int? = nil) throws -> Conversion.Model {
    try Conversion(Checkpoint([TestData.path("golden/\(name).pth")]), heads: heads).model
  }

  private func dino(
    _ family: DINOConfiguration.Family, patch: Int, width: Int, depth: Int, heads: Int, hidden: Int? = nil,
    registers: Int = 0, grid: Int
  ) -> Conversion.Model {
    .dino(
      DINOConfiguration(
        family: family, patchSize: patch, width: width, depth: depth, heads: heads,
        feedForward: hidden == nil ? .mlp : .swiglu, hiddenWidth: hidden ?? 4 * width, registers: registers,
        positionGrid: grid))
  }

  @Test func encodersOfDINO() throws {
    let cases: [(String, Conversion.Model, heads: Int)] = [
      (
        "dino/dinov2_reg4", dino(.dinov2, patch: 14, width: 96, depth: 3, heads: 3, registers: 4, grid: 37), 3
      ),
      ("dino/dinov2_noreg", dino(.dinov2, patch: 14, width: 128, depth: 2, heads: 2, grid: 37), 2),
      (
        "dino/dinov2_swiglu", dino(.dinov2, patch: 14, width: 80, depth: 2, heads: 4, hidden: 216, grid: 37),
        4
      ),
      ("dino/dinov2_eps", dino(.dinov2, patch: 14, width: 64, depth: 1, heads: 1, registers: 4, grid: 37), 1),
      ("dino/dinov1_p16", dino(.dino, patch: 16, width: 96, depth: 3, heads: 3, grid: 14), 3),
      ("dino/dinov1_p8", dino(.dino, patch: 8, width: 64, depth: 2, heads: 2, grid: 28), 2),
      (
        "models/dino_trained",
        dino(.dinov2, patch: 14, width: 96, depth: 4, heads: 3, registers: 4, grid: 37), 3
      ),
    ]
    for (name, wanted, heads) in cases {
      #expect(try model(name, heads: heads) == wanted, "\(name)")
    }
    guard case .dino(let plain) = try model("dino/dinov2_noreg", heads: 2) else { return }
    #expect(plain.interpolateOffset == 0.1 && !plain.interpolateAntialias && plain.layerScale)
    guard case .dino(let registers) = try model("dino/dinov2_reg4", heads: 3) else { return }
    #expect(registers.interpolateOffset == 0 && registers.interpolateAntialias)
    guard case .dino(let first) = try model("dino/dinov1_p8", heads: 2) else { return }
    #expect(first.interpolateOffset == 0.1 && !first.interpolateAntialias && !first.layerScale)
  }

  @Test func segmentAnything() throws {
    func sizes(
      _ image: Int, patch: Int, width: Int, heads: Int, windows: [Int], decoder: Int, hidden: Int, iou: Int
    ) -> Conversion.Model {
      .sam(
        SAMConfiguration(
          imageSize: image, patchSize: patch, width: width, depth: windows.count, heads: heads,
          hiddenWidth: 4 * width, windows: windows, decoderWidth: decoder, decoderDepth: 2,
          decoderHiddenWidth: hidden, iouHeadHiddenWidth: iou))
    }
    let cases = [
      (
        "sam/sam_1024",
        sizes(
          1024, patch: 16, width: 64, heads: 4, windows: [14, 0, 14, 0], decoder: 64, hidden: 256, iou: 64)
      ),
      (
        "sam/sam_256",
        sizes(
          256, patch: 16, width: 96, heads: 3, windows: [14, 0, 14, 0], decoder: 128, hidden: 384, iou: 96)
      ),
      (
        "sam/sam_256_eps",
        sizes(256, patch: 16, width: 32, heads: 1, windows: [14], decoder: 64, hidden: 64, iou: 64)
      ),
      (
        "models/sam_trained",
        sizes(
          256, patch: 4, width: 96, heads: 3, windows: [16, 16, 16, 16, 16], decoder: 64, hidden: 512, iou: 64
        )
      ),
    ]
    for (name, wanted) in cases { #expect(try model(name) == wanted, "\(name)") }
  }

  /// The published numbers of parameters, plus the 256 of the prompt encoder's random matrix, less the mask token.
  @Test func publishedModelsFromTheirShapes() throws {
    #expect(Parameter.count(SAMConfiguration.vitH.parameters()) == 641_090_864)
    #expect(Parameter.count(SAMConfiguration.vitL.parameters()) == 312_343_088)
    #expect(Parameter.count(SAMConfiguration.vitB.parameters()) == 93_735_728)
    #expect(Parameter.count(DINOConfiguration.vitL14Registers.parameters) == 304_371_712)
  }

  /// Relative position tables of other lengths than the window needs, as after a change of the input size.
  @Test(
    "windows from table lengths",
    arguments: [
      ([27, 127, 27, 127], 64, [14, 0, 14, 0]), ([27, 127, 27, 27], 32, [14, 0, 14, 14]),
      ([27, 127], 32, [14, 0]), ([31, 31], 64, [16, 16]), ([127, 127], 64, [0, 0]), ([27], 16, [14]),
      ([27, 31], 16, [14, 0]),
    ])
  func windows(lengths: [Int], grid: Int, windows: [Int]) {
    #expect(SAMConfiguration.windows(tableLengths: lengths, grid: grid) == windows)
  }
}

extension Parameter {
  fileprivate static func count(_ parameters: [Parameter]) -> Int {
    parameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }
}
