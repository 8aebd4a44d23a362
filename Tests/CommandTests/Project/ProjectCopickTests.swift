import Files
import FoundationEssentials
import TestSupport
import Testing
import Volumes

/// Projects whose tomograms are the runs of a copick project.
@Suite("cryosam project init --copick", .serialized)
struct ProjectCopickTests {
  /// A copick project of three runs and one without the tomogram, in folders of data and overlay.
  private func copick(_ folder: String) throws -> [String] {
    for number in 0..<3 {
      try SmallTomogram.writeStore(
        try SmallTomogram.voxels(turned: number),
        to: "\(folder)/data/ExperimentRuns/TS_\(number + 1)/VoxelSpacing10.000/wbp.zarr")
    }
    try Folder.make("\(folder)/data/ExperimentRuns/TS_4")
    let config = """
      {"config_type": "filesystem", "overlay_root": "local://\(folder)/overlay/",
       "static_root": "local://\(folder)/data/", "pickable_objects": [
       {"name": "ribosome", "is_particle": true}, {"name": "tric", "is_particle": true}]}
      """
    try TestData.write(Array(config.utf8), to: "\(folder)/copick.json")
    return ["--copick", "\(folder)/copick.json", "--tomo-type", "wbp", "--voxel-spacing", "10"]
  }

  @Test("picks and masks of every run go into the overlay, under a user and session of their own")
  func runs() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      let place = try copick(folder)
      let unnamed = try ProgramRun(
        "cryosam",
        ["project", "init", "\(folder)/no", "--point", SmallTomogram.point] + place + small.options)
      #expect(unnamed.code == 64 && unnamed.error.contains("ribosome, tric"), "\(unnamed.error)")
      let named = place + ["--copick-object", "ribosome", "--tomogram-name", "TS_1"]
      let project = try small.make("lab", named)
      let text = String(decoding: try TestData.bytes("\(project)/project.yaml"), as: UTF8.self)
      #expect(text.contains("run: TS_3") && !text.contains("TS_4"), "\(text)")
      let run = try ProgramRun("cryosam", ["project", "run", project])
      #expect(run.code == 0, "\(run.error)")
      for number in 1...3 {
        let place = "\(folder)/overlay/ExperimentRuns/TS_\(number)"
        let mask = try Tomogram("\(place)/Segmentations/10.000_cryosam_1_ribosome.zarr")
        let semantic = try Tomogram("\(project)/results/TS_\(number)/semantic.mrc")
        #expect(mask.statistics == semantic.statistics)
        let picks = try JSON(contentsOf: "\(place)/Picks/cryosam_1_ribosome.json")
        let found = try JSON(contentsOf: "\(project)/results/TS_\(number)/run.json")["counts"]?["instances"]
        #expect(picks["points"]?.array?.count == found?.int && picks["run_name"]?.string == "TS_\(number)")
      }
      let table = String(decoding: try TestData.bytes("\(project)/picks.star"), as: UTF8.self)
      #expect(table.contains("\nTS_1 "))

      // Nobody else's results are replaced.
      let other = try ProgramRun(
        "cryosam",
        ["project", "init", "\(folder)/other", "--point", SmallTomogram.point] + named + small.options)
      #expect(other.code == 73 && other.error.contains("--copick-session"), "\(other.error)")
      let session = try small.make("session", named + ["--copick-session", "2", "--run", "TS_1"])
      #expect(try SmallProject.status(session)["missing"]?.int == 1)
      // This project's own are, when they are old.
      let lines = text.split(separator: "\n").map { $0.hasPrefix("  threshold:") ? "  count: 1" : $0 }
      try TestData.write(Array(lines.joined(separator: "\n").utf8), to: "\(project)/project.yaml")
      #expect(try SmallProject.status(project)["missing"]?.int == 3)
      let again = try ProgramRun("cryosam", ["project", "run", project])
      #expect(again.code == 0, "\(again.error)")
      let picks = try JSON(
        contentsOf: "\(folder)/overlay/ExperimentRuns/TS_2/Picks/cryosam_1_ribosome.json")
      #expect(picks["points"]?.array?.count == 1)
    }
  }

  @Test(
    "options that do not go together",
    arguments: [
      [], ["--tomograms", "t.mrc", "--copick", "c.json", "--tomo-type", "wbp", "--voxel-spacing", "10"],
      ["--copick", "c.json"], ["--tomograms", "t.mrc", "--run", "a"],
      ["--tomograms", "t.mrc", "--copick-object", "a"],
    ])
  func usage(arguments: [String]) throws {
    let run = try ProgramRun(
      "cryosam",
      ["project", "init", "lab", "--sam", "s", "--dino", "d", "--point", "1,2,3"] + arguments)
    #expect(run.code == 64, "\(run.error)")
  }
}
