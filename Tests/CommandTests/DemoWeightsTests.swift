import Files
import NN
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
      func segment(_ name: String, _ more: [String]) throws -> ProgramRun {
        try ProgramRun(
          "cryosam",
          [
            "segment", "\(folder)/phantom/tomogram-filtered.mrc", "--sam", Self.path(Self.files[0]), "--dino",
            Self.path(Self.files[1]), "--point", "53,46,23", "--cache", "\(folder)/cache", "-o",
            "\(folder)/\(name)",
          ] + more)
      }
      // No setting but the weights and a click.
      let run = try segment("out", [])
      #expect(run.code == 0 && run.error.contains("the weights recommend iou 0.8"), "\(run.error)")
      let evaluation = try ProgramRun(
        "cryosam",
        [
          "evaluate", "\(folder)/out/picks.star", truth, "--radius", "144A", "--instances",
          "\(folder)/out/instances.mrc", "--truth-instances", "\(folder)/phantom/instances.mrc", "--json",
        ])
      #expect(evaluation.code == 0, "\(evaluation.error)")
      let figures = try Array(evaluation.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
      #expect(figures["recall"]?.double == 1)
      #expect(figures["precision"]?.double == 1)
      #expect((figures["instances"]?["picked_dice"]?.double ?? 0) > 0.75)

      // Another cut gives the same bytes as a run with that cut, and so does another number of threads.
      let tables = ["candidates.star", "candidates.safetensors", "picks.star", "overview.png"]
      let files = tables + ["instances.mrc", "semantic.mrc"]
      func bytes(_ name: String) throws -> [[UInt8]] {
        try files.map { try TestData.bytes("\(folder)/\(name)/\($0)") }
      }
      let isSame = try {
        try segment("again", ["--quiet", "--threads", "1"]).code == 0 && bytes("again") == bytes("out")
      }()
      #expect(isSame, "another number of threads")
      for (name, cut) in [("three", ["--count", "3"]), ("low", ["--threshold", "0.1", "--size", "0.1,10"])] {
        #expect(try segment(name, ["--quiet"] + cut).code == 0)
        let picked = try ProgramRun("cryosam", ["pick", "\(folder)/out"] + cut)
        #expect(picked.code == 0, "\(picked.error)")
        let isSame = try bytes("out") == bytes(name)
        #expect(isSame, "\(name)")
        let record = try JSON(contentsOf: "\(folder)/out/run.json")
        let expected = try JSON(contentsOf: "\(folder)/\(name)/run.json")
        for part in ["parameters", "judgement", "counts"] {
          #expect(record[part] == expected[part], "\(part)")
        }
      }
      let three = try ProgramRun("cryosam", ["pick", "\(folder)/out", "--count", "3"])
      #expect(three.output.hasPrefix("3 particles of "), "\(three.output)")

      // What is not such a folder is named.
      let none = try ProgramRun("cryosam", ["pick", "\(folder)/phantom"])
      #expect(none.code == 66, "\(none.error)")
      let damaged = "\(folder)/again/candidates.safetensors"
      try SafetensorsFile.write([("runs", Tensor([1, 5], [0, 0, 0, 500, 9]))], metadata: [:], to: damaged)
      let refused = try ProgramRun("cryosam", ["pick", "\(folder)/again"])
      #expect(
        refused.code == 65 && refused.error.contains("candidates.safetensors: is damaged"), "\(refused.error)"
      )

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
