import Files
import Platform
import TestSupport
import Testing

@Suite("Folders in the place of files")
struct FolderTests {
  @Test(
    "a folder given as a tomogram is told from a file, and what is in it is named",
    arguments: [
      ([], "give the path of an MRC file"), (["a.mrc"], "give DIR/a.mrc"),
      (["b.rec", "a.mrc.gz", "notes.txt"], "give one of the 2 in it, such as DIR/a.mrc.gz"),
      (["run.json"], "its tomogram is DIR/x.mrc"),
    ],
    [
      "features DIR --features sam --sam s --cache c",
      "encode dinov2 --weights W --tomogram DIR --index 0 -o o",
      "instance DIR --sam W --point 1,1,1 -o o", "segment DIR --sam W --features sam --point 1,1,1 -o o",
      "match DIR --features sam --sam W --cache c --query 1,1,1 -o o",
    ])
  func tomograms(contents: (names: [String], remedy: String), line: String) throws {
    try TestData.withFolder { folder in
      let weights = "\(folder)/w.safetensors"
      let isDINO = line.hasPrefix("encode")
      try GoldenModel.convert(isDINO ? "models/dino_trained" : "models/sam_trained", to: weights)
      #expect(mkdir("\(folder)/given", 0o777) == 0)
      for name in contents.names {
        let record = #"{"inputs": {"tomogram": {"path": "\#(folder)/given/x.mrc"}}}"#
        try TestData.write(Array(record.utf8), to: "\(folder)/given/\(name)")
      }
      if contents.names == ["run.json"] { try TestData.write([1], to: "\(folder)/given/x.mrc") }
      let words = line.split(separator: " ").map {
        $0 == "DIR" ? "\(folder)/given" : $0 == "W" || $0 == "s" ? weights : String($0)
      }
      let run = try ProgramRun("cryosam", words, shell: "cd '\(folder)'")
      #expect(run.code == 66)
      #expect(
        run.error.hasSuffix("\(contents.remedy.replacing("DIR", with: "\(folder)/given"))\n"), "\(run.error)")
      #expect(access("\(folder)/o", F_OK) != 0)
    }
  }

  @Test("info understands the folder of a run, and its record", arguments: ["run", "run/", "run/run.json"])
  func run(path: String) throws {
    try TestData.withFolder { folder in
      #expect(mkdir("\(folder)/run", 0o777) == 0)
      let record = #"""
        {"program": "cryosam", "version": "0.1.0", "command": ["cryosam", "segment", "t.mrc"],
         "inputs": {"tomogram": {"path": "t.mrc"}}, "counts": {"prompts": 1, "semantic_voxels": 7}}
        """#
      try TestData.write(Array(record.utf8), to: "\(folder)/run/run.json")
      try TestData.write([], to: "\(folder)/run/report.html")
      let info = try ProgramRun("cryosam", ["info", path], shell: "cd '\(folder)'")
      #expect(info.code == 0, "\(info.error)")
      for part in [
        "run of cryosam 0.1.0", "cryosam segment t.mrc", "t.mrc, which is no longer there", "semantic voxels",
        "run/report.html",
      ] {
        #expect(info.output.contains(part), "\(info.output)")
      }
      let json = try ProgramRun("cryosam", ["info", path, "--json"], shell: "cd '\(folder)'")
      #expect(try JSON(parsing: json.output)["semantic_voxels"]?.int == 7)
    }
  }

  @Test("info lists the tomograms of a folder, and refuses one without") func folders() throws {
    try TestData.withFolder { folder in
      let empty = try ProgramRun("cryosam", ["info", folder])
      #expect(empty.code == 66 && empty.error.contains("name a file in it"))
      for name in ["b.mrc", "a.rec.gz", "c.txt"] { try TestData.write([1], to: "\(folder)/\(name)") }
      let info = try ProgramRun("cryosam", ["info", folder, "--json"])
      #expect(try JSON(parsing: info.output)["tomograms"] == ["a.rec.gz", "b.mrc"])
    }
  }

  @Test("other JSON is not taken for a record") func otherRecords() throws {
    try TestData.withFolder { folder in
      try TestData.write(Array(#"{"program": "other"}"#.utf8), to: "\(folder)/run.json")
      let info = try ProgramRun("cryosam", ["info", "\(folder)/run.json"])
      #expect(info.code == 65 && !info.output.contains("run of"))
    }
  }

  @Test(
    "pick and report are given the folder of a complete run",
    arguments: [
      ("nothing", "there is no such folder"), ("file", "is not the folder of a run"),
      ("empty", "holds no run.json"), ("unfinished", "start the same command again"),
      ("run", "names no tomogram"), ("run/run.json", "names no tomogram"),
    ], ["pick", "report"])
  func runs(given: (path: String, message: String), command: String) throws {
    try TestData.withFolder { folder in
      for name in ["empty", "unfinished", "run"] { #expect(mkdir("\(folder)/\(name)", 0o777) == 0) }
      for name in ["file", "unfinished/.unfinished"] { try TestData.write([], to: "\(folder)/\(name)") }
      try TestData.write(Array(#"{"judgement": []}"#.utf8), to: "\(folder)/run/run.json")
      let run = try ProgramRun("cryosam", [command, "\(folder)/\(given.path)"])
      #expect(run.code == (given.path.hasPrefix("run") ? 65 : 66))
      #expect(run.error.contains(given.message), "\(run.error)")
    }
  }
}
