import FoundationEssentials
import TestSupport
import Testing
import Volumes

/// The whole of `cryosam study` on a made-up miniature of EMPIAR-10499 as the released code expects it, with the tiny
/// models of the tests.
@Suite("cryosam study", .serialized)
struct StudyTests {
  private static let names = ["00255", "00256"]
  private static let shape = VolumeShape(8, 22, 24)
  /// x, y, z
  private static let particles = [(14, 12, 4), (20, 5, 3), (6, 9, 5), (3, 18, 3)]

  /// Writes `10499/`, `weights/` and `study.yaml`: the recipe of `docs/` with other sweeps.
  private func miniature(_ folder: String) throws {
    for name in ["10499/denoised", "weights"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    for (model, name) in [
      ("models/sam_trained", "sam_vit_h"), ("models/dino_trained", "dinov2_vitl14"),
      ("dino/dinov1_p16", "dino_vitb16"),
    ] {
      try GoldenModel.convert(model, to: "\(folder)/weights/\(name).safetensors")
    }
    let whole = try Tomogram(TestData.path("golden/e2e/volume_shared.mrc"))
    let shape = Self.shape
    let geometry = Geometry(
      depth: shape.depth, height: shape.height, width: shape.width, voxelSizeAngstroms: [10, 10, 10])
    var star =
      "data_\n\nloop_\n_rlnMicrographName #1\n_rlnCoordinateX #2\n_rlnCoordinateY #3\n_rlnCoordinateZ #4\n"
    for (number, name) in Self.names.enumerated() {
      let writer = try MRCWriter<Float>("\(folder)/10499/denoised/\(name)_10.00Apx.mrc", geometry: geometry)
      for z in 0..<shape.depth {
        let plane = whole.plane(.z, 12 + z + number)
        try writer.append(
          (0..<shape.height).flatMap { y in
            plane.values[(71 + y) * 96 + 13..<(71 + y) * 96 + 13 + shape.width]
          })
      }
      try writer.commit()
      for (x, y, z) in Self.particles {
        star += "\(name).tomostar \(shape.width - 1 - x) \(shape.height - 1 - y) \(z + 16)\n"
      }
      // One that lies outside of the tomogram.
      star += "\(name).tomostar 3 3 10\n"
    }
    let table = "\(folder)/10499/CmMpribo_18987_10A_for_original_and_deconv_tomograms.star"
    try TestData.write(Array(star.utf8), to: table)
    try TestData.write(
      Array("x,y,z,score\n14,12,4,0.9\n0,0,7,0.8\n3,18,3,0.1\n".utf8), to: "\(folder)/other.csv")
    let recipe = String(
      decoding: try TestData.bytes("\(TestData.root)/docs/empiar-10499.yaml"), as: UTF8.self)
    let start = try #require(recipe.firstRange(of: "sweeps:")).lowerBound
    let own = """
      settings:
        dino_size: 112
        max_area: 400
        axes: z
      sweeps:
        - name: Table 2
          annotation: [single, 100]
          features: [sam, dino, dinov2]
          top_k: 2
          tomograms: 1
        - name: Table 3
          annotation: single
          matching: [naive, hierarchical]
          top_k: 2
      picks:
        - method: other
          tables: other.csv
          least_score: 0.5

      """
    try TestData.write(Array((recipe[..<start] + own).utf8), to: "\(folder)/study.yaml")
  }

  private func study(_ folder: String, _ output: String, _ more: [String] = []) -> [String] {
    ["study", "\(folder)/study.yaml", "-o", "\(folder)/\(output)"] + more
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try TestData.bytes(path), as: UTF8.self)
  }

  /// The finished runs in a study's folder, with the time they were written.
  private func finished(_ folder: String) -> [String: Date] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/runs")) ?? []
    var dates: [String: Date] = [:]
    for name in names where name.contains("-set") && name.hasSuffix(".json") && !name.hasPrefix(".") {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/runs/\(name)")
      dates[name] = attributes?[.modificationDate] as? Date
    }
    return dates
  }

  @Test("the same tables at once, after kills, again, and by two jobs")
  func repetition() throws {
    try TestData.withFolder { folder in
      try miniature(folder)
      let first = try ProgramRun("cryosam", study(folder, "one", ["--cache", "\(folder)/cache"]))
      #expect(first.code == 0, "\(first.error)")
      #expect(first.output == "9 runs on 2 tomograms: \(folder)/one/tables.md\n")
      #expect(
        first.error.contains("1 of 5 true particles lie outside of the tomogram; they are never prompts"))
      let names = try TestData.names(in: "\(folder)/one").sorted().joined(separator: " ")
      #expect(
        names == "runs runs.csv study.json table-2.svg table-3.svg tables.md tests.csv times.csv", "\(names)")
      let runs = try text("\(folder)/one/runs.csv")
      let rows = runs.split(separator: "\n")
      #expect(rows.count == 1 + 9 + 2)
      // One prompt of four inside, all four, and five particles in all.
      #expect(
        rows[1].hasPrefix("CryoSAM,00255_10.00Apx,single,1,sam,hierarchical,2,paper,5,1,"), "\(rows[1])")
      #expect(rows[2].hasPrefix("CryoSAM,00255_10.00Apx,100%,1,sam,hierarchical,2,paper,5,4,"), "\(rows[2])")
      // Two picks are left by their scores, one of them on a particle.
      #expect(rows[10].hasPrefix("other,00255_10.00Apx,-,,,,,,5,,,,2,1,0.500000,0.200000,"), "\(rows[10])")
      #expect(runs.contains(",naive,2,paper,") && runs.contains(",dino,hierarchical,"))

      // Killed when it has done some runs, twice, then finished; what was done is not done again.
      var done: [String: Date] = [:]
      for count in [2, 4] {
        let killed = try ProgramRun(
          "cryosam", study(folder, "killed", ["--cache", "\(folder)/cache"]),
          killedWhen: { finished("\(folder)/killed").count >= count })
        #expect(killed.code == -9, "\(killed.error)")
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/killed/study.json"))
        let now = finished("\(folder)/killed")
        #expect(now.count >= count && done.allSatisfy { now[$0.key] == $0.value })
        done = now
      }
      let resumed = try ProgramRun(
        "cryosam", study(folder, "killed", ["--quiet", "--cache", "\(folder)/cache"]))
      #expect(resumed.code == 0 && resumed.error.isEmpty, "\(resumed.error)")
      let end = finished("\(folder)/killed")
      #expect(end.count == 9 && done.allSatisfy { end[$0.key] == $0.value })
      #expect(try text("\(folder)/killed/runs.csv") == runs)
      #expect(try TestData.names(in: "\(folder)/cache").count == 3 + 2)

      // Again: nothing is done, the tables are the same, times included.
      let times = try text("\(folder)/one/times.csv")
      let again = try ProgramRun("cryosam", study(folder, "one", ["--cache", "\(folder)/cache"]))
      #expect(again.code == 0, "\(again.error)")
      #expect(try text("\(folder)/one/runs.csv") == runs && text("\(folder)/one/times.csv") == times)

      // A tomogram for each of two threads.
      let jobs = try ProgramRun(
        "cryosam", study(folder, "jobs", ["--jobs", "2"]))
      #expect(jobs.code == 0, "\(jobs.error)")
      #expect(try text("\(folder)/jobs/runs.csv") == runs)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/jobs/cache"))
    }
  }

  @Test("what is wrong is said in one line")
  func wrong() throws {
    try TestData.withFolder { folder in
      let example = try ProgramRun("cryosam", ["study", "--example"])
      #expect(example.code == 0 && example.output.contains("annotation: [single, 5, 10, 30, 50, 70]"))
      try TestData.write(Array("tomograms:\n  - path: x\n    trut: y\n".utf8), to: "\(folder)/study.yaml")
      for (arguments, code, message) in [
        (["study", "\(folder)/study.yaml"], Int32(64), "Missing expected argument '--output <folder>'"),
        (["study", "-o", "x"], 64, "Missing expected argument '<config>' (or '--example')"),
        (["study", "\(folder)/none.yaml", "-o", "\(folder)/x"], 66, "none.yaml: cannot open"),
        (["study", "\(folder)/study.yaml", "-o", "\(folder)/x"], 65, "line 2: the key 'truth' is missing"),
        (["study", "a", "-o", "b", "--jobs", "0"], 64, "'--jobs <n>': it must be between 1 and 1024"),
        (["study", "a", "-o", "b", "--jobs", "2", "--threads", "2"], 64, "exclude each other"),
      ] {
        let run = try ProgramRun("cryosam", arguments)
        #expect(run.code == code && run.error.contains(message), "\(run.error)")
        #expect(run.error.split(separator: "\n").count == 1, "\(run.error)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/x"))
    }
  }
}
