import CommandLineKit
import TestSupport
import Testing
import Volumes

@Suite("cryosam evaluate")
struct EvaluateTests {
  /// Runs `evaluate` on two tables that are written first.
  static func evaluate(_ picks: (String, String), _ truth: (String, String), _ options: [String]) throws
    -> ProgramRun
  {
    try TestData.withFolder { folder in
      for (name, text) in [picks, truth] { try TestData.write(Array(text.utf8), to: "\(folder)/\(name)") }
      let run = try ProgramRun(
        "cryosam", ["evaluate", "\(folder)/\(picks.0)", "\(folder)/\(truth.0)"] + options)
      return run.withoutFolder(folder)
    }
  }

  static func star(_ rows: String...) -> String {
    "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_rlnMicrographName\n_rlnPixelSize\n"
      + rows.map { $0 + "\n" }.joined()
  }

  @Test("text") func text() throws {
    let run = try Self.evaluate(
      ("p.txt", "0 0 0\n9 9 9\n1 0 0\n"), ("t.csv", "x,y,z\n0,0,1\n20,20,20\n"), ["--radius", "2"])
    #expect(run.code == 0)
    #expect(
      run.output == """
        picks      3
        particles  2
        matched    1 within 2 voxels
        precision  0.3333
        recall     0.5000
        F1         0.4000
        distance   mean 1.00, median 1.00 voxels
        bias       x +0.00, y +0.00, z -1.00 voxels (pick - particle)

        """)
  }

  @Test("class by class") func classes() throws {
    let picks = ("p.csv", "x,y,z,class\n0,0,0,a\n9,9,9,b\n5,5,5,b\n")
    let truth = ("t.csv", "x,y,z,class\n0,0,1,a\n9,9,9,a\n5,5,5,b\n30,30,30,c\n")
    let run = try Self.evaluate(picks, truth, ["--radius", "2", "--by-class"])
    #expect(run.code == 0)
    #expect(run.output.hasPrefix("class a\npicks      1\nparticles  2\nmatched    1 within"))
    #expect(run.output.contains("\n\nclass b\npicks      2\nparticles  1\nmatched    1 within"))
    let json = try Self.evaluate(picks, truth, ["--radius", "2", "--by-class", "--json"])
    #expect(json.output.contains("\"classes\": {"), "\(json.output)")
    let csv = try Self.evaluate(picks, truth, ["--radius", "2", "--by-class", "--csv"])
    #expect(
      csv.output.contains("\na_recall,0.5\n") && csv.output.contains("\nb_precision,0.5\n"), "\(csv.output)")
    let none = try Self.evaluate(("p.txt", "0 0 0\n"), truth, ["--radius", "2", "--by-class"])
    #expect(none.code == 65 && none.error.contains("p.txt: has no column of classes"), "\(none.error)")
    let other = try Self.evaluate(
      ("p.csv", "x,y,z,class\n0,0,0,d\n"), truth, ["--radius", "2", "--by-class"])
    #expect(other.code == 65 && other.error.contains("names no class 'd'"), "\(other.error)")
  }

  @Test("without a radius it is half the particle's diameter, as the run beside the picks has it")
  func usualRadius() throws {
    try TestData.withFolder { folder in
      func write(_ name: String, _ text: String) throws {
        try TestData.write(Array(text.utf8), to: "\(folder)/\(name)")
      }
      try write("p.csv", "x,y,z\n0,0,0\n")
      try write("t.txt", "0 0 4\n")
      func evaluated(_ record: String) throws -> ProgramRun {
        try write("run.json", record)
        return try ProgramRun("cryosam", ["evaluate", "\(folder)/p.csv", "\(folder)/t.txt"])
      }
      let kind = #""judgement": [{"kind": null, "wanted": true, "radius": 4.5}]"#
      #expect(try evaluated("{\(kind)}").output.contains("1 within 4.5 voxels"))
      let told = try evaluated(#"{"parameters": {"diameter_voxels": 7}, \#(kind)}"#)
      #expect(told.output.contains("0 within 3.5 voxels"), "\(told.output)")
      #expect(try evaluated("{}").code == 64)
    }
  }

  @Test("JSON, tomogram by tomogram, Angstroms by the table's pixel size") func json() throws {
    let run = try Self.evaluate(
      ("p.star", Self.star("1 1 1 a.mrc 10", "1 1 1 b.mrc 10")),
      ("t.star", Self.star("1 1 2 b.mrc 10", "5 5 5 c.mrc 10")), ["--radius", "10A", "--json"])
    #expect(run.code == 0)
    for line in [
      "\"true_positives\": 1", "\"false_positives\": 1", "\"false_negatives\": 1", "\"tomograms\": 3",
      "\"unit\": \"angstrom\"", "\"mean_distance\": 10.0",
    ] {
      #expect(run.output.contains(line), "\(line) in \(run.output)")
    }
  }

  @Test(
    "pixel sizes that the tables state are brought together, and said",
    arguments: [
      (star("14 12 8 a.mrc 10"), star("28 24 16 a.mrc 5"), ["30A"], "multiplied by 0.5"),
      (star("14 12 8 a.mrc 10"), star("28 24 16 a.mrc 5"), ["2"], "the voxel size of the picks is 10 A"),
      (star("28 24 16 a.mrc 5"), star("14 12 8 a.mrc 10"), ["30A"], "multiplied by 2"),
      (
        star("14 12 8 a.mrc 10"), "28 24 16\n", ["30A", "--point-pixel-size", "5"], "--point-pixel-size says"
      ),
      ("14 12 8\n", star("14 12 8 a.mrc 10"), ["30A"], ""),
      (
        star("14 12 8 TS_1 10"),
        #"{"run_name": "TS_1_rec", "unit": "angstrom", "points": [{"location": {"x": 140, "y": 120, "z": 80}}]}"#,
        ["2"],
        "Angstroms from the first voxel"
      ),
    ])
  func pixelSizes(picks: String, truth: String, radius: [String], note: String) throws {
    let run = try Self.evaluate(("p", picks), ("t", truth), ["--radius"] + radius)
    #expect(run.code == 0 && run.output.contains("matched    1 within"), "\(run.output) \(run.error)")
    #expect(note.isEmpty ? run.error.isEmpty : run.error.contains(note), "\(run.error)")
  }

  @Test(
    "tables without particles are no success",
    arguments: [
      ("x,y,z\n", "x,y,z\n", "t: holds no points"), ("x,y,z\n1,1,1\n", "", "t: holds no points"),
      ("data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n", "x,y,z\n", "t: holds no points"),
    ])
  func nothing(picks: String, truth: String, message: String) throws {
    let run = try Self.evaluate(("p", picks), ("t", truth), ["--radius", "2"])
    #expect(run.code == 65 && run.error.contains(message), "\(run.output) \(run.error)")
  }

  @Test("scores that are no numbers stop the curve alone") func unscored() throws {
    let picks = ("p.csv", "x,y,z,score\n1,1,1,0.5\n2,2,2,nan\n")
    let run = try Self.evaluate(picks, ("t.txt", "1 1 1\n"), ["--radius", "2"])
    #expect(run.code == 0 && run.error.contains("line 3: score is 'nan'"), "\(run.error)")
    let curve = try Self.evaluate(
      picks, ("t.txt", "1 1 1\n"), ["--radius", "2", "--curve", "/nowhere/c.csv"])
    #expect(curve.code == 65 && curve.error.contains("line 3: score is 'nan'"), "\(curve.error)")
  }

  @Test("with the tomogram only its points count") func tomogram() throws {
    let run = try Self.evaluate(
      ("p.star", Self.star("1 1 1 mode2_little 5", "1 1 1 b.mrc 5")), ("t.txt", "1 1 1\n"),
      ["--radius", "10A", "--tomogram", TestData.path("mrc-conformance/mode2_little.mrc"), "--json"])
    #expect(run.output.contains("\"f1\": 1.0"), "\(run.output) \(run.error)")
  }

  @Test("scores, a species, the curve, CSV") func scores() throws {
    try TestData.withFolder { folder in
      let files = [
        "p.csv": "x,y,z,score\n0,0,0,0.9\n30,0,0,0.8\n10,0.5,0,0.7\n",
        "t.csv": "x,y,z,species\n0,0,0,ribosome\n30,0,0,tric\n10,0,0,ribosome\n",
      ]
      for (name, text) in files { try TestData.write(Array(text.utf8), to: "\(folder)/\(name)") }
      let run = try ProgramRun(
        "cryosam",
        [
          "evaluate", "\(folder)/p.csv", "\(folder)/t.csv", "--radius", "2", "--truth-class", "ribosome",
          "--csv",
          "--curve", "\(folder)/curve.csv",
        ])
      #expect(run.code == 0, "\(run.error)")
      for line in ["particles,2", "true_positives,2", "bias_y,0.25", "best_f1_score,0.7"] {
        #expect(run.output.contains(line + "\n"), "\(line) in \(run.output)")
      }
      // 1/2 (1 + 2/3)
      #expect(run.output.contains("\naverage_precision,0.8333"))
      let curve = String(decoding: try TestData.bytes("\(folder)/curve.csv"), as: UTF8.self)
      #expect(
        curve.split(separator: "\n").prefix(3) == [
          "score,picks,true_positives,precision,recall", "0.9,1,1,1.0,0.5", "0.8,2,1,0.5,0.5",
        ])
    }
  }

  @Test("instances of one species, joined to their picks") func instances() throws {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 1, height: 1, width: 12)
      try MRCWriter<UInt16>.write(
        [1, 1, 1, 0, 2, 2, 2, 2, 0, 3, 3, 3], to: "\(folder)/truth.mrc", geometry: geometry)
      try MRCWriter<UInt16>.write(
        [7, 7, 0, 0, 9, 9, 9, 9, 0, 0, 0, 0], to: "\(folder)/ours.mrc", geometry: geometry)
      let files = [
        "p.csv": "x,y,z,cryosamInstance\n0.5,0,0,7\n5.5,0,0,9\n",
        "t.csv": "x,y,z,species,instance\n1,0,0,a,1\n5.5,0,0,b,2\n10,0,0,a,3\n",
      ]
      for (name, text) in files { try TestData.write(Array(text.utf8), to: "\(folder)/\(name)") }
      let volumes = ["--instances", "\(folder)/ours.mrc", "--truth-instances", "\(folder)/truth.mrc"]
      let run = try ProgramRun(
        "cryosam",
        ["evaluate", "\(folder)/p.csv", "\(folder)/t.csv", "--radius", "2", "--truth-class", "a"] + volumes)
      #expect(run.code == 0, "\(run.error)")
      #expect(
        run.output == """
          picks            2
          particles        2
          matched          1 within 2 voxels
          precision        0.5000
          recall           0.5000
          F1               0.5000
          distance         mean 0.50, median 0.50 voxels
          bias             x -0.50, y +0.00, z +0.00 voxels (pick - particle)

          instances        2, true 2, matched 1 at IoU over 0.5
          PQ               0.3333
          SQ               0.6667 (mean IoU of the matched)
          RQ               0.5000 (F1 of the instances)
          Dice of matched  0.8000
          Dice of picked   0.8000 (pairs matched by their picks)
          all voxels       Dice 0.3333, IoU 0.2000

          """)
      let all = try ProgramRun("cryosam", ["evaluate", "--json"] + volumes)
      #expect(all.output.contains("\"matched\": 2") && all.output.contains("\"true\": 3"), "\(all.output)")
      let mask = try ProgramRun(
        "cryosam",
        [
          "evaluate", "--semantic", "\(folder)/ours.mrc", "--truth-semantic", "\(folder)/truth.mrc",
          "--truth-value",
          "2",
        ])
      #expect(mask.output == "mask  Dice 0.8000, IoU 0.6667\n", "\(mask.error)")
    }
  }

  @Test(
    "what cannot be evaluated is refused",
    arguments: [
      (
        ["p.txt", "1 1 1\n", "t.txt", "1 1 1\n", "2A"], Int32(64),
        "2 A is in Angstroms, but no voxel size is known; give --tomogram, or the length in voxels"
      ),
      (
        ["p.star", star("1 1 1 a.mrc 1"), "t.star", star("1 1 1 b.mrc 1"), "2"], 65,
        "p.star: names the tomogram a, but the truth b: none is in both tables; name the tomogram alike in both tables"
      ),
      (
        ["p.star", star("1 1 1 a.mrc 1", "1 1 1 b.mrc 1"), "t.txt", "1 1 1\n", "2"], 65,
        "p.star: names 2 tomograms, the other table none; name the tomogram"
      ),
      (
        ["p.star", star("1 1 x a.mrc 1"), "t.txt", "1 1 1\n", "2"], 65,
        "p.star: line 8: _rlnCoordinateZ is 'x', not a finite number"
      ),
    ])
  func refused(input: [String], code: Int32, message: String) throws {
    let run = try Self.evaluate((input[0], input[1]), (input[2], input[3]), ["--radius", input[4]])
    #expect(run.code == code)
    #expect(run.error == "cryosam: \(message)\n")
  }

  @Test("a missing table") func missing() throws {
    let run = try ProgramRun("cryosam", ["evaluate", "/nowhere/a.star", "/nowhere/b.star", "--radius", "2"])
    #expect(run.code == 66)
    #expect(run.error == "cryosam: /nowhere/a.star: cannot open: No such file or directory\n")
  }
}

extension ProgramRun {
  /// The run with `folder/` taken out of what it printed.
  func withoutFolder(_ folder: String) -> ProgramRun {
    ProgramRun(
      code: code, output: output.replacing("\(folder)/", with: ""),
      error: error.replacing("\(folder)/", with: ""))
  }
}
