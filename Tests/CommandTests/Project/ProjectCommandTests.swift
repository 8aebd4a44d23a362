import Files
import FoundationEssentials
import TestSupport
import Testing
import Volumes

/// `cryosam project` with the tiny trained models.
@Suite("cryosam project", .serialized)
struct ProjectCommandTests {
  @Test("one click serves all, the damaged one is named, what is done stays")
  func run() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 3, damaged: true)
      let project = try small.make("lab")
      let fresh = try SmallProject.status(project)
      #expect(fresh["missing"]?.int == 3 && fresh["seconds_left"] == .null)
      let run = try ProgramRun("cryosam", ["project", "run", project])
      #expect(run.code == 1, "\(run.error)")
      #expect(run.error.contains("t3: failed: \(folder)/t3.mrc: announces"), "\(run.error)")
      #expect(run.output.contains("in 2 of 3 tomograms"), "\(run.output)")
      let done = try SmallProject.status(project)
      #expect(done["done"]?.int == 2 && done["failed"]?.int == 1 && done["seconds_left"]?.double == 0)
      let page = String(decoding: try TestData.bytes("\(project)/summary.html"), as: UTF8.self)
      #expect(page.contains("results/t2/report.html") && page.contains("announces"))
      #expect(page.split(separator: "data:image/png").count == 3)
      let again = try ProgramRun("cryosam", ["project", "run", project])
      #expect(again.code == 1 && !again.error.contains("t1 begins") && again.error.contains("t3 begins"))
    }
  }

  @Test("OME-Zarr folders by pattern, folder and path: the same results as of MRC files")
  func zarr() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 2)
      try Folder.make("\(folder)/stores/other")
      for number in 0..<2 {
        try SmallTomogram.writeStore(
          try SmallTomogram.voxels(turned: number), to: "\(folder)/stores/t\(number + 1).zarr")
      }
      let files = try small.make("files")
      let stores = try small.make("stores", ["--tomograms", "\(folder)/stores/*"])
      for arguments in [["\(folder)/stores"], ["\(folder)/stores/t1.zarr/", "\(folder)/stores/t2.zarr"]] {
        let other = try small.make("other", ["--force", "--tomograms"] + arguments)
        let isSame =
          try TestData.bytes("\(other)/project.yaml") == TestData.bytes("\(stores)/project.yaml")
        #expect(isSame, "\(arguments)")
      }
      for project in [files, stores] {
        let run = try ProgramRun("cryosam", ["project", "run", project])
        #expect(run.code == 0, "\(run.error)")
      }
      let status = try SmallProject.status(stores)
      #expect(
        status["tomograms"]?.array?.compactMap { $0["features"]?["slices"]?.int } == [98, 98],
        "\(status.text)")
      let (a, b) = (try SmallProject.results(files), try SmallProject.results(stores))
      for name in ["instances.mrc", "semantic.mrc", "similarity.mrc"] {
        for tomogram in ["t1", "t2"] {
          let isSame = a["results/\(tomogram)/\(name)"] == b["results/\(tomogram)/\(name)"]
          #expect(isSame, "\(tomogram) \(name)")
        }
      }
      // A chunk that is written again makes its tomogram's result old.
      try TestData.write(
        try SmallTomogram.voxels(turned: 3).withUnsafeBytes { Array($0) },
        to: "\(folder)/stores/t2.zarr/0/0.0.0")
      let after = try SmallProject.status(stores)
      #expect(after["done"]?.int == 1 && after["missing"]?.int == 1, "\(after.text)")

      let none = try ProgramRun(
        "cryosam",
        ["project", "init", "\(folder)/none", "--tomograms", "\(folder)/stores/o*"] + small.options
          + ["--point", SmallTomogram.point])
      #expect(none.code == 66 && none.error.contains("none of which is an OME-Zarr volume"), "\(none.error)")
    }
  }

  @Test("binned: as many slices as there are, and a cluster's tasks encode what segment takes")
  func binned() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      let (shape, voxels) = (SmallTomogram.shape, try SmallTomogram.voxels())
      let large = VolumeShape(2 * shape.depth + 1, 2 * shape.height, 2 * shape.width)
      let many = (0..<large.count).map { index -> Float in
        let (line, x) = index.quotientAndRemainder(dividingBy: large.width)
        let (z, y) = line.quotientAndRemainder(dividingBy: large.height)
        return voxels[shape.index(min(z / 2, shape.depth - 1), y / 2, x / 2)]
      }
      try MRCWriter<Float>.write(
        many, to: "\(folder)/t1.mrc",
        geometry: Geometry(
          depth: large.depth, height: large.height, width: large.width, voxelSizeAngstroms: [5, 5, 5]))
      let project = try small.make("lab", ["--setting", "at-voxel-size=10", "--setting", "volumes=zarr"])
      for part in ["1/2", "2/2"] {
        let run = try ProgramRun("cryosam", ["project", "task", project, "--encode", part])
        #expect(run.code == 0, "\(run.error)")
      }
      #expect(try SmallProject.slices(project).count == SmallProject.slices)
      let run = try ProgramRun("cryosam", ["project", "run", project])
      #expect(run.code == 0, "\(run.error)")
      #expect(try SmallProject.slices(project).count == SmallProject.slices)
      let row = try SmallProject.status(project)["tomograms"]?.array?.first
      #expect(row?["features"]?["slices"]?.int == 98 && row?["embeddings"]?["stored"]?.int == 14)
      #expect(Folder.isFolder("\(project)/results/t1/instances.zarr"))
    }
  }

  @Test(
    "--point-unit, --point-pixel-size: a table in Angstroms, in other pixels and in voxels is the same click")
  func units() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      for (name, row) in [("voxels", "17,27,7"), ("angstroms", "170,270,70"), ("pixels", "34,54,14")] {
        try TestData.write(Array("x,y,z\n\(row)\n".utf8), to: "\(folder)/\(name).csv")
      }
      for (name, options) in [
        ("voxels", []), ("angstroms", ["--point-unit", "angstrom"]), ("pixels", ["--point-pixel-size", "5"]),
      ] {
        let run = try ProgramRun(
          "cryosam",
          [
            "project", "init", "\(folder)/\(name)", "--tomograms", folder, "--prompts",
            "\(folder)/\(name).csv",
          ] + small.options + options)
        #expect(run.code == 0, "\(run.error)")
        let text = String(decoding: try TestData.bytes("\(folder)/\(name)/project.yaml"), as: UTF8.self)
        #expect(text.contains("- \"17,27,7\"") || text.contains("- 17,27,7"), "\(text)")
      }
    }
  }
}
