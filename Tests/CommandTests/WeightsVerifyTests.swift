import Checkpoints
import Files
import TestSupport
import Testing

@Suite("cryosam weights verify and list")
struct WeightsVerifyTests {
  private let checkpoint = TestData.path("checkpoints/dino.pth")

  private func verify(_ path: String, _ options: [String] = []) throws -> ProgramRun {
    try ProgramRun("cryosam", ["weights", "verify", path, "--quiet"] + options)
  }

  @Test func aCheckpoint() throws {
    let run = try verify(checkpoint, ["--heads", "2"])
    #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
    #expect(run.output.contains("SHA-256           \(try SHA256.hexDigest(ofFile: checkpoint))\n"))
    #expect(run.output.contains("name              none of the published checkpoints\n"))
    #expect(run.output.contains("structure         agrees: a whole model\n"))
    let unknown = try verify(checkpoint)
    #expect(unknown.code == 0 && unknown.output.contains("structure         -: has width 8"))
  }

  @Test func notAModel() throws {
    let run = try verify(TestData.path("checkpoints/refused_missing.pth"), ["--heads", "2"])
    #expect(run.code == 65)
    #expect(run.output.contains("structure         differs: lacks 'blocks.1.mlp.fc2.bias' [8]"))
    #expect(run.error.contains("refused_missing.pth: structure: lacks 'blocks.1.mlp.fc2.bias' [8]"))
    #expect(run.error.split(separator: "\n").count == 1)
    #expect(try verify("/nowhere/a.pth").code == 66)
  }

  @Test("a file under a published name is compared with what is published")
  func published() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/sam_vit_b_01ec64.pth"
      try TestData.write(TestData.bytes(TestData.path("checkpoints/sam.pth")), to: path)
      let run = try verify(path, ["--json"])
      #expect(run.code == 65 && run.error.contains("published MD5 start: should be 01ec64"), "\(run.error)")
      let json = try JSON(parsing: run.output)
      #expect(json["name"]?.string == "sam_vit_b" && json["agrees"]?.bool == false)
      let verdicts = (json["checks"]?.array ?? []).map {
        "\($0["check"]?.string ?? "") \($0["verdict"]?.string ?? "")"
      }
      #expect(
        verdicts == [
          "published MD5 start differs", "reported SHA-256 differs", "recorded SHA-256 unknown",
          "structure differs",
        ])
    }
  }

  @Test("a converted file: its record, then a changed byte")
  func converted() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/tiny.safetensors"
      try TestData.write(TestData.bytes(checkpoint), to: "\(folder)/tiny.pth")
      let fetch = try ProgramRun(
        "cryosam",
        [
          "weights", "fetch", "tiny", "--url", "http://weights.invalid/", "--directory", folder, "--heads",
          "2",
        ])
      #expect(fetch.code == 0, "\(fetch.error)")
      for file in [path, "\(path).sha256"] {
        let run = try verify(file)
        #expect(run.code == 0, "\(run.error)")
        #expect(run.output.contains("recorded SHA-256  agrees: \(path).sha256\n"), "\(run.output)")
        #expect(run.output.contains("structure         agrees: a whole model"))
      }
      var bytes = try TestData.bytes(path)
      bytes[bytes.count - 1] ^= 1
      try TestData.write(bytes, to: path)
      for file in [path, "\(path).sha256"] {
        let run = try verify(file)
        #expect(run.code == 65)
        #expect(
          run.error.hasPrefix("cryosam: \(path): recorded SHA-256: \(path).sha256 says "), "\(run.error)")
      }
    }
  }

  @Test(
    "lists of checksums that are none",
    arguments: [
      "", "abc", String(repeating: "g", count: 64) + "  a", String(repeating: "0", count: 64) + "  ../a",
    ])
  func lists(text: String) throws {
    try TestData.withFolder { folder in
      try TestData.write(Array(text.utf8), to: "\(folder)/a.sha256")
      let run = try verify("\(folder)/a.sha256")
      #expect(run.code == 65 && run.error.split(separator: "\n").count == 1, "\(run.error)")
    }
  }

  @Test func list() throws {
    try TestData.withFolder { folder in
      try TestData.write([1], to: "\(folder)/dinov2_vitl14_reg.safetensors")
      let run = try ProgramRun("cryosam", ["weights", "list", "--directory", folder])
      #expect(run.code == 0)
      let lines = run.output.split(separator: "\n")
      #expect(lines.count >= 17)
      #expect(
        lines[1].split(separator: " ").joined(separator: " ")
          == "sam_vit_h MD5 4b8939..., SHA-256, structure - https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth"
      )
      #expect(
        lines.contains {
          $0.hasPrefix("dinov2_vitl14_reg ") && $0.contains(" structure ") && $0.contains(" yes ")
        })
      let json = try JSON(
        parsing: try ProgramRun("cryosam", ["weights", "list", "--json", "--directory", folder]).output)
      #expect(json["checkpoints"]?.array?.count == 15)
      let present = (json["checkpoints"]?.array ?? []).filter { $0["present"]?.string != nil }
      #expect(present.compactMap { $0["name"]?.string } == ["dinov2_vitl14_reg"])
    }
  }

  @Test("the folder's default follows the XDG specification")
  func folder() throws {
    for (data, home, folder) in [
      ("/a/data", "/b", "/a/data/cryosam"), ("", "/b", "/b/.local/share/cryosam"),
      ("relative", "/b", "/b/.local/share/cryosam"),
    ] {
      let run = try ProgramRun(
        "cryosam", ["weights", "list", "--json"], environment: ["XDG_DATA_HOME": data, "HOME": home])
      #expect(try JSON(parsing: run.output)["directory"]?.string == folder)
    }
  }
}
