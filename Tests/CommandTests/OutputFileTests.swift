import Files
import NN
import Platform
import TestSupport
import Testing

/// Every option that names a file to write, and every command that writes a folder.
@Suite("Files that a command writes")
struct OutputFileTests {
  /// A command line whose last output is OUTPUT, and the files that it reads.
  struct Case: Sendable, CustomTestStringConvertible {
    let program: String
    let line: String
    let inputs: [String]
    var testDescription: String { "\(program) \(line)" }

    init(_ line: String, reads inputs: String..., by program: String = "cryosam") {
      (self.program, self.line, self.inputs) = (program, line, inputs)
    }
  }

  static let cases = [
    Case("encode sam --weights w --image i -o OUTPUT", reads: "w", "i"),
    Case("encode dinov2 --weights w --tensor t -o OUTPUT", reads: "w", "t"),
    Case("encode dino --weights w --tomogram m --index 0 -o OUTPUT", reads: "w", "m"),
    Case("predict --weights w --image i --mask-input n --point 1,1 -o OUTPUT", reads: "w", "i", "n"),
    Case("predict --weights w --image i --point 1,1 -o new --png OUTPUT", reads: "w", "i"),
    Case("compare a b --html OUTPUT", reads: "a", "b"),
    Case("evaluate p t --radius 3 --tomogram m --curve OUTPUT", reads: "p", "t", "m"),
    Case(
      "evaluate p t --radius 3 --instances i --truth-instances j --truth-labels l --curve OUTPUT",
      reads: "i", "j", "l"),
    Case("c -o OUTPUT", reads: "c", by: "convert-weights"),
  ]

  private func run(_ tried: Case, output: String, in folder: String, force: Bool) throws -> ProgramRun {
    let arguments = tried.line.split(separator: " ").map { $0 == "OUTPUT" ? output : String($0) }
    return try ProgramRun(tried.program, arguments + (force ? ["--force"] : []), shell: "cd '\(folder)'")
  }

  /// Calls `body` in a folder with the inputs of `tried`, which hold nothing of use.
  private func withInputs(_ tried: Case, _ body: (String) throws -> Void) throws {
    try TestData.withFolder { folder in
      for name in tried.inputs { try TestData.write(Array("text of \(name)".utf8), to: "\(folder)/\(name)") }
      try body(folder)
    }
  }

  @Test("one that is there is refused, and with --force it is not", arguments: cases)
  func existing(tried: Case) throws {
    try withInputs(tried) { folder in
      try TestData.write([1, 2, 3], to: "\(folder)/there")
      #expect(symlink("nowhere", "\(folder)/link") == 0)
      for output in ["there", "link"] {
        let refused = try run(tried, output: output, in: folder, force: false)
        #expect(refused.code == 73)
        #expect(refused.error.contains("\(output): exists already; use --force"), "\(refused.error)")
        // The inputs are of no use: the command fails, but not for its output, and leaves that as it was.
        let forced = try run(tried, output: output, in: folder, force: true)
        #expect(forced.code != 73 && forced.code != 0, "\(forced.error)")
      }
      #expect(try TestData.bytes("\(folder)/there") == [1, 2, 3])
    }
  }

  @Test("what the command reads is refused in any case, by every name that it has", arguments: cases)
  func inputs(tried: Case) throws {
    try withInputs(tried) { folder in
      for input in tried.inputs {
        #expect(symlink(input, "\(folder)/soft") == 0 && link("\(folder)/\(input)", "\(folder)/hard") == 0)
        for output in [input, "./\(input)", "soft", "hard"] {
          let refused = try run(tried, output: output, in: folder, force: true)
          #expect(refused.code == 73)
          #expect(refused.error.contains("\(output): is read by this command"), "\(refused.error)")
        }
        unlink("\(folder)/soft")
        unlink("\(folder)/hard")
        #expect(try TestData.bytes("\(folder)/\(input)") == Array("text of \(input)".utf8))
      }
    }
  }

  @Test("devices, pipes and folders are refused in any case", arguments: cases)
  func devices(tried: Case) throws {
    try withInputs(tried) { folder in
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      #expect(symlink("/dev/null", "\(folder)/device") == 0)
      for output in ["/dev/null", "device", "pipe", folder] {
        let refused = try run(tried, output: output, in: folder, force: true)
        #expect(refused.code == 73)
        #expect(refused.error.contains("\(output): is not a file, and not replaced"), "\(refused.error)")
      }
    }
  }

  @Test("two results do not go to one name", arguments: ["out", "./out"])
  func twice(name: String) throws {
    let tried = Case("predict --weights w --image i --point 1,1 -o out --png OUTPUT", reads: "w", "i")
    try withInputs(tried) { folder in
      let refused = try run(tried, output: name, in: folder, force: true)
      #expect(refused.code == 64)
      #expect(refused.error.contains("\(name): is to hold two results"), "\(refused.error)")
    }
  }

  @Test(
    "a mistyped path is not made whole, unless that is asked for",
    arguments: [
      ("no/out", [], 65), ("no/such/out", [], 73), ("no/such/folder/out/", [], 73),
      ("no/such/out", ["--parents"], 65), ("FOLDER/no/such/out", [], 73), ("FOLDER/there/out", [], 65),
    ])
  func deepFolders(output: String, options: [String], code: Int32) throws {
    try TestData.withFolder { folder in
      #expect(mkdir("\(folder)/there", 0o777) == 0)
      try GoldenModel.convert("models/sam_trained", to: "\(folder)/s")
      // No tomogram: what may be made is made, and removed when that is seen.
      try TestData.write([1], to: "\(folder)/t")
      let path = output.replacing("FOLDER", with: folder)
      for command in ["segment t --features sam --sam s", "instance t --sam s"] {
        let words = command.split(separator: " ").map(String.init) + ["--point", "1,1,1", "-o", path]
        let run = try ProgramRun("cryosam", words + options, shell: "cd '\(folder)'")
        #expect(run.code == code, "\(run.error)")
        #expect((code == 73) == run.error.contains("let --parents make it whole"))
        if code == 73 { #expect(access("\(folder)/no", F_OK) != 0) }
        rmdir("\(folder)/no/such")
        rmdir("\(folder)/no")
      }
    }
  }

  @Test("a phantom and a study are not written to a mistyped path", arguments: ["simulate", "study c"])
  func otherFolders(line: String) throws {
    try TestData.withFolder { folder in
      let words = line.split(separator: " ").map(String.init) + ["-o", "\(folder)/no/such/out"]
      let run = try ProgramRun("cryosam", words)
      #expect(run.code == 73 && run.error.contains("let --parents make it whole"), "\(run.error)")
      #expect(access("\(folder)/no", F_OK) != 0)
    }
  }
}
