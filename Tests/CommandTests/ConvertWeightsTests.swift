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
      ("DATA/checkpoints/refused_code.pth -o x", 65, "asks for 'posix.system'"),
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
