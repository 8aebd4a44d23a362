import Files
import TestSupport
import Testing

/// The shipped weights: what a new user's first run stands on.
@Suite("demo weights")
struct DemoWeightsTests {
  static let files = ["demo-sam.safetensors", "demo-dinov2.safetensors"]

  private static func path(_ file: String) -> String { "\(TestData.root)/Weights/\(file)" }

  @Test("they are small and in the official layouts") func layout() throws {
    var bytes = 0
    for (file, family) in zip(Self.files, ["sam", "dinov2"]) {
      bytes += try TestData.bytes(Self.path(file)).count
      let run = try ProgramRun("cryosam", ["info", Self.path(file), "--json"])
      #expect(run.code == 0, "\(run.error)")
      let info = try Array(run.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
      #expect(info["configuration"]?["family"]?.string == family, "\(run.output.prefix(500))")
    }
    #expect(bytes <= 16_000_000)
  }

  @Test("a click on one of six ribosomes finds and outlines all, not their neighbours") func click() throws {
    try TestData.withFolder { folder in
      let phantom = try ProgramRun(
        "cryosam",
        [
          "simulate", "-o", "\(folder)/phantom", "--size", "128,128,48", "--seed", "7", "--quiet",
          "--species", "ribosome:6", "--species", "tric:6", "--species", "apoferritin:6",
          "--membranes", "0", "--gold", "0", "--deconvolve", "1",
        ])
      #expect(phantom.code == 0, "\(phantom.error)")
      let truth = "\(folder)/phantom/particles-ribosome.star"
      let run = try ProgramRun(
        "cryosam",
        [
          "segment", "\(folder)/phantom/tomogram-filtered.mrc", "--sam", Self.path(Self.files[0]), "--dino",
          Self.path(Self.files[1]), "--point", "53,46,23", "--matching", "naive",
          "--iou", "0.8", "--top-k", "9", "--quiet", "-o", "\(folder)/out",
        ])
      #expect(run.code == 0, "\(run.error)")
      let evaluation = try ProgramRun(
        "cryosam",
        [
          "evaluate", "\(folder)/out/picks.star", truth, "--radius", "144A", "--instances",
          "\(folder)/out/instances.mrc", "--truth-instances", "\(folder)/phantom/instances.mrc", "--json",
        ])
      #expect(evaluation.code == 0, "\(evaluation.error)")
      let figures = try Array(evaluation.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
      #expect(figures["recall"]?.double == 1)
      #expect((figures["precision"]?.double ?? 0) > 0.8)
      #expect((figures["instances"]?["picked_dice"]?.double ?? 0) > 0.65)

      let released = try ProgramRun(
        "cryosam",
        [
          "segment", "\(folder)/phantom/tomogram-filtered.mrc", "--sam", Self.path(Self.files[0]),
          "--features", "sam", "--point", "53,46,23", "--profile", "reference", "--top-k", "1", "-o",
          "\(folder)/released",
        ])
      #expect(released.error.contains("this model's logits are 96 x 96"), "\(released.error)")
    }
  }
}
