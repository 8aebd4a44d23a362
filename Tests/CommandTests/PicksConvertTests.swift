import Files
import Platform
import Points
import TestSupport
import Testing
import Volumes

@Suite("cryosam picks convert")
struct PicksConvertTests {
  /// Points in voxels of a tomogram of 80 x 62 x 45 voxels.
  static let table =
    "x,y,z,score,class,cryosamInstance,cryosamRadius\n30,20,10,0.75,ribosome,7,4.5\n79.25,0.5,44,0.5,proteasome,2,3\n"

  static let series =
    "data_global\nloop_\n_rlnTomoName\n_rlnTomoTiltSeriesPixelSize\n_rlnTomoTomogramBinning\n_rlnTomoSizeX\n"
    + "_rlnTomoSizeY\n_rlnTomoSizeZ\nTS_01 2.5 4 321 248 180\nTS_02 2.5 4 320 248 180\n"

  /// Calls `body` in a folder with `in.csv`, `TS_01.mrc` and `tomograms.star`; it runs the program there.
  static func inFolder(_ body: (String, ([String]) throws -> ProgramRun) throws -> Void) throws {
    try TestData.withFolder { folder in
      func write(_ name: String, _ text: String) throws {
        try TestData.write(Array(text.utf8), to: "\(folder)/\(name)")
      }
      try write("in.csv", table)
      try write("tomograms.star", series)
      let geometry = Geometry(
        depth: 45, height: 62, width: 80, voxelSizeAngstroms: SIMD3(repeating: 10),
        originAngstroms: SIMD3(-100.5, 20, 31))
      try MRCWriter<Int8>.write(
        [Int8](repeating: 1, count: geometry.count), to: "\(folder)/TS_01.mrc", geometry: geometry)
      try body(folder) { arguments in
        try ProgramRun("cryosam", ["picks", "convert"] + arguments, shell: "cd '\(folder)'")
      }
    }
  }

  static func text(_ path: String) throws -> String {
    String(decoding: try TestData.bytes(path), as: UTF8.self)
  }

  @Test(
    "to each format and back",
    arguments: [
      "star", "csv", "txt", "relion4", "relion5", "warp", "warp-normalized", "ndjson", "ndjson-instances",
      "imod",
      "imod-text", "dynamo", "eman2", "chimerax",
    ])
  func formats(format: String) throws {
    try Self.inFolder { folder, convert in
      let there = try convert(["in.csv", "-o", "out/picks.file", "--to", format, "--tomogram", "TS_01.mrc"])
      #expect(there.code == 0, "\(there.error)")
      #expect(there.output.hasPrefix("2 picks in out/picks.file"))
      let back = try convert([
        "out/picks.file", "-o", "back.csv", "--to", "csv", "--from", format, "--tomogram", "TS_01.mrc",
      ])
      #expect(back.code == 0, "\(back.error)")
      let rows = try Self.text("\(folder)/back.csv").split(separator: "\n").dropFirst()
      #expect(
        rows.map { $0.split(separator: ",").prefix(3).joined(separator: " ") } == [
          "30.0000 20.0000 10.0000", "79.2500 0.5000 44.0000",
        ])
    }
  }

  @Test("RELION 5: particles, the set and the list for the import job") func relion5() throws {
    try Self.inFolder { folder, convert in
      let run = try convert([
        "in.csv", "-o", "Import", "--to", "relion5", "--tomograms", "tomograms.star", "--tomogram-name",
        "TS_01",
      ])
      #expect(run.code == 0, "\(run.error)")
      #expect(
        try Set(TestData.names(in: "\(folder)/Import"))
          == ["particles.star", "optimisation_set.star", "import.star", "import.txt"])
      let set = try Self.text("\(folder)/Import/optimisation_set.star")
      #expect(
        set.contains(
          "\n_rlnTomoParticlesFile  Import/particles.star\n_rlnTomoTomogramsFile  tomograms.star\n"))
      #expect(try Self.text("\(folder)/Import/import.star").contains("\nTS_01 Import/import.txt "))
      // (voxel x 4 - size / 2) x 2.5
      let particles = try Self.text("\(folder)/Import/particles.star")
      #expect(
        particles.contains(
          "\nTS_01     -101.250000     -110.000000     -125.000000        0.750000               1\n"))
      #expect(
        try Self.text("\(folder)/Import/import.txt")
          == "120.000000 80.000000 40.000000\n317.000000 2.000000 176.000000\n")
    }
  }

  @Test("copick: a file for each class in an overlay, as the project says or beside") func copick() throws {
    try Self.inFolder { folder, convert in
      let project =
        #"{"name": "p", "config_type": "filesystem", "overlay_root": "local://\#(folder)/overlay/"}"#
      try TestData.write(Array(project.utf8), to: "\(folder)/config.json")
      let run = try convert([
        "in.csv", "--copick", "config.json", "--to", "copick", "--tomogram", "TS_01.mrc", "--run", "run_1",
        "--user",
        "me", "--session", "3",
      ])
      #expect(run.code == 0, "\(run.error)")
      let place = "\(folder)/overlay/ExperimentRuns/run_1"
      #expect(try Set(TestData.names(in: place)) == [".meta", "Picks"])
      #expect(
        try Set(TestData.names(in: "\(place)/Picks")) == ["me_3_ribosome.json", "me_3_proteasome.json"])
      let picks = try JSON(contentsOf: "\(place)/Picks/me_3_ribosome.json")
      #expect(picks["trust_orientation"]?.bool == false && picks["unit"]?.string == "angstrom")
      #expect(picks["run_name"]?.string == "run_1" && picks["voxel_spacing"]?.double == 10)
      let point = try #require(picks["points"]?.array?.first)
      #expect(point["location"] == ["x": 300.0, "y": 200.0, "z": 100.0])
      #expect(point["instance_id"]?.int == 7 && point["score"]?.double == 0.75)
      // Without a name the run is called as the tomogram is.
      let other = try convert(["in.csv", "-o", "o", "--to", "copick", "--tomogram", "TS_01.mrc"])
      #expect(other.output.contains("o/ExperimentRuns/TS_01/Picks/cryosam_0_ribosome.json"), "\(other.error)")
    }
  }

  @Test("several tomograms: one file, or a file for each in a folder") func several() throws {
    try Self.inFolder { folder, convert in
      try TestData.write(
        Array("x,y,z,tomogram\n1,2,3,TS_01\n4,5,6,TS_02.mrc\n7,8,9,TS_01\n".utf8), to: "\(folder)/in.csv")
      let one = try convert(["in.csv", "-o", "picks.tbl", "--to", "dynamo", "--tomograms", "tomograms.star"])
      #expect(one.output == "3 picks in picks.tbl, picks.doc\n", "\(one.error)")
      #expect(try Self.text("\(folder)/picks.doc") == "1 TS_01\n2 TS_02.mrc\n")
      let back = try convert(["picks.tbl", "-o", "back.csv", "--to", "csv", "--tomogram-name", "TS_02"])
      #expect(try Self.text("\(folder)/back.csv").contains("\n4.0000,5.0000,6.0000,"), "\(back.error)")
      let each = try convert(["in.csv", "-o", "models", "--to", "imod"])
      #expect(each.output == "3 picks in models/TS_01.mod, models/TS_02.mod\n", "\(each.error)")
      let refused = try convert(["in.csv", "-o", "picks.mod", "--to", "imod"])
      #expect(
        refused.code == 64 && refused.error.contains("in.csv: has picks on 2 tomograms"), "\(refused.error)")
    }
  }

  @Test("tilt series' pixels are reckoned from the size that the table or tomograms.star states")
  func seriesPixels() throws {
    try Self.inFolder { folder, convert in
      func write(_ name: String, _ text: String) throws {
        try TestData.write(Array(text.utf8), to: "\(folder)/\(name)")
      }
      // Without sizes and binning.
      try write("small.star", "data_\nloop_\n_rlnTomoName\n_rlnTomoTiltSeriesPixelSize\nTS_01 2.5\n")
      try write("sized.csv", "x,y,z,tomogram,pixel_size\n10,20,15,TS_01,10\n")
      let sized = try convert(["sized.csv", "-o", "a.star", "--to", "relion4", "--tomograms", "small.star"])
      #expect(sized.code == 0, "\(sized.error)")
      #expect(try Self.text("\(folder)/a.star").contains("40.000000       80.000000       60.000000"))
      try write("bare.csv", "x,y,z,tomogram\n10,20,15,TS_01\n")
      for format in ["relion4", "copick", "chimerax"] {
        let refused = try convert(["bare.csv", "-o", "b", "--to", format, "--tomograms", "small.star"])
        #expect(refused.code == 65 && refused.error.contains("give it with --voxel-size"), "\(refused.error)")
      }
      let told = try convert([
        "bare.csv", "-o", "c.star", "--to", "relion4", "--tomograms", "small.star", "--voxel-size", "10",
      ])
      #expect(told.code == 0, "\(told.error)")
      #expect(try Self.text("\(folder)/c.star").contains("40.000000       80.000000       60.000000"))
      // A set names its own.
      let made = try convert([
        "bare.csv", "-o", "Import", "--to", "relion5", "--tomograms", "tomograms.star",
      ])
      #expect(made.code == 0, "\(made.error)")
      let set = try convert(["Import/optimisation_set.star", "-o", "d.star", "--to", "relion4"])
      #expect(set.code == 0, "\(set.error)")
      #expect(try Self.text("\(folder)/d.star").contains("40.000000       80.000000       60.000000"))
    }
  }

  @Test(
    "no rows are lost: tomograms of one name, one run for several, columns that some lack, no rows at all")
  func rows() throws {
    try Self.inFolder { folder, convert in
      func write(_ name: String, _ text: String) throws {
        try TestData.write(Array(text.utf8), to: "\(folder)/\(name)")
      }
      try write("twice.csv", "x,y,z,tomogram\n1,2,3,day1/TS_01.mrc\n4,5,6,day2/TS_01.mrc\n")
      let twice = try convert(["twice.csv", "-o", "new", "--to", "txt"])
      #expect(twice.code == 64 && twice.error.contains("is to hold two results"), "\(twice.error)")
      try write("two.csv", "x,y,z,tomogram,cryosamInstance,pixel_size\n1,2,3,TS_01,4,10\n4,5,6,TS_02,,10\n")
      let run = try convert(["two.csv", "-o", "new", "--to", "copick", "--run", "R"])
      #expect(run.code == 64 && run.error.contains("are not all the run R"), "\(run.error)")
      #expect(access("\(folder)/new", F_OK) != 0)
      for format in ["star", "csv"] {
        let there = try convert(["two.csv", "-o", "t.\(format)", "--to", format])
        #expect(there.code == 0, "\(there.error)")
        let labels = try PointTable("\(folder)/t.\(format)").entries.map(\.label)
        #expect(labels == [4, 0])
      }
      try write("none.csv", "x,y,z\n")
      let none = try convert(["none.csv", "-o", "none.star", "--to", "star", "--tomogram", "TS_01.mrc"])
      #expect(none.code == 0 && none.output.hasPrefix("0 picks"), "\(none.error)")
      let sized = try convert(["two.csv", "-o", "n", "--to", "copick", "--voxel-size", "5"])
      #expect(sized.code == 0, "\(sized.error)")
    }
  }

  @Test(
    "refused in one line, and nothing is written",
    arguments: [
      ("in.csv -o o/p.star --to relion5", 64, "relion5 needs the size of the tomogram"),
      ("in.csv -o o/p.cmm --to chimerax", 65, "chimerax needs the voxel size of the tomogram"),
      ("in.csv -o o/p.json --to copick --tomogram TS_01.mrc", 64, "has picks of 2 classes"),
      (
        "in.csv -o o/p.star --to relion5 --tomograms tomograms.star", 65,
        "does not name the tomogram in; it has TS_01"
      ),
      ("in.csv -o TS_01.mrc --to imod --tomogram TS_01.mrc --force", 73, "is read by this command"),
      ("in.csv -o tomograms.star --to star", 73, "exists already; use --force"),
      ("in.csv -o o/p.mod --to imod --from dynamo", 65, "line 1 has 1 values, too few for a table of Dynamo"),
      ("in.csv -o o/p.mod --to model", 64, "The value 'model' is invalid for '--to <format>'"),
      ("in.csv --to imod", 64, "Missing expected argument '-o <path>'"),
      ("in.csv -o o/p.mod --to imod --user me", 64, "are for '--to copick'"),
      ("in.csv -o o --to copick --user a_b", 64, "it could be a-b"),
      ("in.csv -o o --to copick --run ../x --tomogram TS_01.mrc", 64, "it names a folder"),
      ("in.csv --copick tomograms.star --to copick --tomogram TS_01.mrc", 65, "tomograms.star: "),
    ])
  func refused(line: String, code: Int32, reason: String) throws {
    try Self.inFolder { folder, convert in
      let before = try Set(TestData.names(in: folder))
      let run = try convert(line.split(separator: " ").map(String.init))
      #expect(run.code == code && run.error.contains(reason), "\(run.code) \(run.error)")
      #expect(try Set(TestData.names(in: folder)) == before)
    }
  }
}
