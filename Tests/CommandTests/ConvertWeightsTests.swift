import Files
import NN
import TestSupport
import Testing

@Suite("convert-weights")
struct ConvertWeightsTests {
  private let input = TestData.path("checkpoints/dino.pth")

  @Test func convertsAndDoesNotOverwrite() throws {
    try TestData.withFolder { folder in
      let output = "\(folder)/w.safetensors"
      let arguments = [input, "-o", output, "--heads", "2", "--dtype", "bf16"]
      let first = try ProgramRun("convert-weights", arguments)
      #expect(first.code == 0 && first.output.isEmpty)
      #expect(first.error.contains("w.safetensors: DINOv2, patch 2, width 8, 2 blocks, 2 heads, 1 registers"))
      let weights = try SafetensorsFile(output)
      #expect(weights.entry("blocks.1.attn.qkv.weight")?.element == .bf16)
      #expect(weights.metadata["cryosam.tool"]?.hasPrefix("convert-weights ") == true)
      let again = try ProgramRun("convert-weights", arguments)
      #expect(again.code == 73)
      #expect(
        again.error == "convert-weights: \(output): exists already; use --force to overwrite it\n")
      let forced = try ProgramRun("convert-weights", arguments + ["--force", "--quiet"])
      #expect(forced.code == 0 && forced.error.isEmpty && forced.output.isEmpty)
    }
  }

  @Test(
    "checkpoints given as weights are answered with the command that converts them",
    arguments: [
      ["encode", "dinov2", "--weights", "FILE", "--image", "x.png", "-o", "x"],
      ["encode", "sam", "--weights", "FILE", "--tomogram", "t.mrc", "--index", "0", "-o", "x"],
      [
        "match", "DATA/mrc-conformance/nonfinite.mrc", "--dino", "FILE", "--cache", "DIR/c", "--query",
        "1,1,1", "-o", "DIR/x",
      ],
      ["instance", "DATA/mrc-conformance/nonfinite.mrc", "--sam", "FILE", "--point", "1,1,1", "-o", "DIR/x"],
    ])
  func unconverted(line: [String]) throws {
    for name in ["m.pth", "m.bin", "m.ckpt", "m.safetensors"] {
      try TestData.withFolder { folder in
        try TestData.write(try TestData.bytes(input), to: "\(folder)/\(name)")
        let arguments = line.map {
          $0.replacing("FILE", with: "\(folder)/\(name)").replacing("DATA/", with: TestData.path(""))
            .replacing("DIR", with: folder)
        }
        let run = try ProgramRun("cryosam", arguments)
        #expect(run.code == 65, "\(run.error)")
        let lines = run.error.split(separator: "\n")
        #expect(
          lines.last?.contains(
            "is a checkpoint of PyTorch, not a converted weights file; run: convert-weights ")
            == true, "\(run.error)")
      }
    }
  }

  @Test("weights that are not finite are named by all who read them") func notFinite() throws {
    try TestData.withFolder { folder in
      let (good, bad) = ("\(folder)/good.safetensors", "\(folder)/bad.safetensors")
      #expect(try ProgramRun("convert-weights", [input, "-o", good, "--heads", "2", "--quiet"]).code == 0)
      var bytes = try TestData.bytes(good)
      bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
      try TestData.write(bytes, to: bad)
      let tomogram = TestData.path("mrc-conformance/nonfinite.mrc")
      for (program, arguments) in [
        ("convert-weights", [bad, "-o", "\(folder)/x", "--heads", "2"]),
        ("cryosam", ["weights", "verify", bad]),
        (
          "cryosam",
          [
            "match", tomogram, "--dino", bad, "--cache", "\(folder)/y-cache", "--query", "1,1,1", "-o",
            "\(folder)/y",
          ]
        ),
      ] {
        let run = try ProgramRun(program, arguments)
        #expect(run.code == 65, "\(run.error)")
        #expect(run.error.contains("tensor 'norm.bias' holds NaN"), "\(run.error)")
      }
      #expect(try ProgramRun("cryosam", ["weights", "verify", good]).code == 0)
      let left = try TestData.names(in: folder).sorted()
      #expect(left.filter { !$0.hasPrefix("y") } == ["bad.safetensors", "good.safetensors"])
    }
  }

  @Test(
    "refusals are one line and an exit code",
    arguments: [
      ("-o x", 64, "Missing expected argument '<input> ...'"),
      ("a", 64, "Missing expected argument '--output"),
      ("a -o x --dtype f64", 64, "The value 'f64' is invalid for '--dtype"),
      ("a -o x --heads two", 64, "The value 'two' is invalid for '--heads"),
      ("/nowhere/a.pth -o x", 66, "/nowhere/a.pth: cannot open: No such file or directory"),
      ("DATA/checkpoints -o x", 66, "is not a regular file"),
      ("DATA/checkpoints/dino.pth -o x", 64, "give it with --heads N"),
      ("DATA/checkpoints/dino.pth -o /nowhere/x --heads 2", 73, "/nowhere/x: cannot create"),
      ("DATA/checkpoints/refused_two_models.pth -o x --heads 2", 65, "say which with --prefix"),
      ("DATA/checkpoints/dino.pth -o x --prefix teacher", 64, "no model whose names begin with 'teacher'"),
      ("DATA/checkpoints/refused_missing.pth -o x --heads 2", 65, "lacks 'blocks.1.mlp.fc2.bias' [8]"),
      ("DATA/safetensors/trailing_bytes.safetensors -o x", 65, "1 bytes that belong to no tensor"),
    ])
  func refusals(line: String, code: Int32, message: String) throws {
    let data = String(TestData.path("").dropLast())
    let arguments = line.split(separator: " ").map { word -> String in
      word.hasPrefix("DATA") ? data + word.dropFirst(4) : String(word)
    }
    let run = try ProgramRun("convert-weights", arguments)
    #expect(run.code == code, "\(run.error)")
    #expect(run.error.hasPrefix("convert-weights: ") && run.error.contains(message), "\(run.error)")
    #expect(run.error.split(separator: "\n").count == 1)
    #expect(run.output.isEmpty)
  }
}
