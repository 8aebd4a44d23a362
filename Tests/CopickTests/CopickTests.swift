import Copick
import Files
import FoundationEssentials
import TestSupport
import Testing
import Volumes

@Suite("copick projects")
struct CopickTests {
  /// A project of one run in `folder`, its data and its overlay in folders of their own.
  private func project(_ folder: String, type: String = "filesystem", root: String? = nil) throws -> String {
    let store = "\(folder)/data/ExperimentRuns/TS_1/VoxelSpacing10.000/wbp.zarr"
    try FileManager.default.createDirectory(
      atPath: Path.folder(store), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: TestData.path("zarr/v2-blosc-lz4-shuffle.zarr"), toPath: store)
    let config = """
      {"config_type": "\(type)", "overlay_root": "local://\(root ?? folder + "/overlay/")",
       "static_root": "file://\(folder)/data/", "pickable_objects": [
       {"name": "ribosome", "is_particle": true, "label": 1}, {"name": "membrane", "is_particle": false}]}
      """
    try AtomicFile.write(Array(config.utf8), to: "\(folder)/project.json")
    return "\(folder)/project.json"
  }

  @Test("a run's tomogram is where copick has it, and a mask goes into the overlay")
  func segmentation() throws {
    try TestData.withFolder { folder in
      let run = try CopickProject(try project(folder)).run("TS_1")
      let path = try run.tomogram("wbp", at: 10)
      #expect(path == "\(folder)/data/ExperimentRuns/TS_1/VoxelSpacing10.000/wbp.zarr")
      #expect(try run.project.object(nil) == "ribosome")
      let geometry = try Tomogram(path).geometry
      let author = CopickAuthor(user: "my_lab", session: " 1 ")
      let target = run.segmentation("ribosome", at: 10, by: author)
      #expect(
        target == "\(folder)/overlay/ExperimentRuns/TS_1/Segmentations/10.000_my-lab_1_ribosome.zarr")
      try run.checkFree(target, force: false)
      let section = [Int8](repeating: 1, count: geometry.height * geometry.width)
      try run.write(to: target, geometry: geometry) { append in
        for _ in 0..<geometry.depth { try append(section) }
      }
      let mask = try Tomogram(target)
      #expect(mask.geometry == geometry && mask.statistics.minimum == 1)
      #expect(FileManager.default.fileExists(atPath: "\(folder)/overlay/ExperimentRuns/TS_1/.meta"))
      #expect(throws: Failure.self) { try run.checkFree(target, force: false) }
      try run.checkFree(target, force: true)
      // What another program put into it is not ours to replace.
      try AtomicFile.write([1], to: "\(target)/notes.txt")
      #expect(throws: Failure.self) { try run.checkFree(target, force: true) }
    }
  }

  @Test("its runs, and who wrote into them")
  func runs() throws {
    try TestData.withFolder { folder in
      let path = try project(folder)
      // One that is in the overlay alone, a file and a hidden folder.
      let overlay = "\(folder)/overlay/ExperimentRuns"
      for name in ["TS_0/Picks", "TS_0/Segmentations", ".hidden"] { try Folder.make("\(overlay)/\(name)") }
      try AtomicFile.write([1], to: "\(overlay)/TS_9")
      let runs = try CopickProject(path).runs()
      #expect(runs.map(\.name) == ["TS_0", "TS_1"])
      let authors = ["a", "b", "c", "1"].map { CopickAuthor(user: $0, session: "1") }
      try AtomicFile.write([1], to: "\(overlay)/TS_0/Picks/a_1_ribosome.json")
      try Folder.make("\(overlay)/TS_0/Segmentations/10.000_b_1_ribosome.zarr")
      #expect(authors.map { runs[0].holdsAnything(by: $0) } == [true, true, false, false])
      #expect(authors.map { runs[1].holdsAnything(by: $0) } == [false, false, false, false])
    }
  }

  @Test("what a project does not have is refused, and what it has is named")
  func refusals() throws {
    try TestData.withFolder { folder in
      let project = try CopickProject(try project(folder))
      let run = try project.run("TS_1")
      let refused: [(() throws -> Void, String)] = [
        ({ _ = try project.run("TS_2") }, "TS_1"),
        ({ _ = try project.run("../data") }, "name of a folder"),
        ({ _ = try run.tomogram("wbp", at: 7.5) }, "VoxelSpacing10.000"),
        ({ _ = try run.tomogram("denoised", at: 10) }, "wbp"),
        ({ _ = try project.object("proteasome") }, "ribosome"),
      ]
      for (attempt, hint) in refused {
        let failure = #expect(throws: Failure.self) { try attempt() }
        #expect(failure?.remedy?.contains(hint) ?? false, "\(failure?.description ?? "")")
      }
    }
  }

  @Test(
    "projects that are not on this machine's disks are refused",
    arguments: [("cryoet_data_portal", "/overlay"), ("filesystem", "s3://bucket/overlay")])
  func elsewhere(type: String, root: String) throws {
    try TestData.withFolder { folder in
      let path = try project(folder, type: type, root: root)
      let text = String(decoding: try MappedFile(path).withBytes { Array($0) }, as: UTF8.self)
      try AtomicFile.write(Array(text.replacing("local://s3", with: "s3").utf8), to: path)
      #expect(throws: Failure.self) { _ = try CopickProject(path) }
    }
  }
}
