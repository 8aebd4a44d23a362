import Files
import FoundationEssentials
import TestSupport
import Testing
import Volumes

/// The commands on volumes in other formats and sizes, with the tiny trained models.
@Suite("segment on OME-Zarr, binned, and in copick projects", .serialized)
struct VolumeCommandTests {
  private func segment(
    _ folder: String, _ tomogram: [String], _ output: String, _ more: [String] = []
  ) throws -> ProgramRun {
    try ProgramRun(
      "cryosam",
      ["segment"] + tomogram + [
        "--dino", "\(folder)/dino.safetensors", "--sam", "\(folder)/sam.safetensors", "--dino-size", "126",
        "--top-k", "3", "--max-area", "400", "--threshold", "0", "--size", "0.01,100", "--formats",
        "star,csv",
        "--quiet", "-o", "\(folder)/\(output)",
      ] + (more.contains("--point") ? [] : ["--point", SmallTomogram.point]) + more)
  }

  @Test("one volume as MRC and as OME-Zarr gives the same bytes, and masks can be OME-Zarr too")
  func sameBytes() throws {
    try TestData.withFolder { folder in
      try SmallTomogram.writeNetworks(folder)
      let voxels = try SmallTomogram.voxels()
      // A store is known by what is in it, whatever its name is: here tables call both the same.
      for name in ["a", "b"] { try Folder.make("\(folder)/\(name)") }
      try MRCWriter<Float>.write(voxels, to: "\(folder)/a/tomo.mrc", geometry: SmallTomogram.geometry)
      try SmallTomogram.writeStore(voxels, to: "\(folder)/b/tomo.mrc")
      let mrc = try segment(folder, ["\(folder)/a/tomo.mrc"], "one")
      #expect(mrc.code == 0, "\(mrc.error)")
      let zarr = try segment(folder, ["\(folder)/b/tomo.mrc"], "two")
      #expect(zarr.code == 0, "\(zarr.error)")
      for name in [
        "picks.star", "picks.csv", "instances.mrc", "semantic.mrc", "candidates.star", "similarity.mrc",
        "overview.png",
      ] {
        let isSame = try TestData.bytes("\(folder)/one/\(name)") == TestData.bytes("\(folder)/two/\(name)")
        #expect(isSame, "\(name)")
      }
      let stores = try segment(
        folder, ["\(folder)/a/tomo.mrc"], "three",
        ["--volumes", "zarr", "--cache", "\(folder)/one/encoded-slices"])
      #expect(stores.code == 0, "\(stores.error)")
      for name in ["instances", "semantic"] {
        let (file, store) = (
          try Tomogram("\(folder)/one/\(name).mrc"), try Tomogram("\(folder)/three/\(name).zarr")
        )
        #expect(file.geometry == store.geometry && file.statistics == store.statistics)
        #expect((0..<14).allSatisfy { file.slice(axis: .z, index: $0) == store.slice(axis: .z, index: $0) })
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/three/\(name).mrc"))
      }
      // Cut and drawn again, in the format that is there.
      let pick = try ProgramRun("cryosam", ["pick", "\(folder)/three", "--count", "1"])
      #expect(pick.code == 0, "\(pick.error)")
      #expect(try Tomogram("\(folder)/three/instances.zarr").statistics.maximum == 1)
      let report = try ProgramRun("cryosam", ["report", "\(folder)/three"])
      #expect(report.code == 0, "\(report.error)")
      #expect(
        try ProgramRun("cryosam", ["info", "\(folder)/three/semantic.zarr"]).output.contains("OME-Zarr 0.4"))
    }
  }

  @Test("on binned voxels everything is found where it is, in the voxels given")
  func binned() throws {
    try TestData.withFolder { folder in
      try SmallTomogram.writeNetworks(folder)
      let (voxels, shape) = (try SmallTomogram.voxels(), SmallTomogram.shape)
      try MRCWriter<Float>.write(
        voxels, to: "\(folder)/small.mrc", geometry: SmallTomogram.geometry)
      // The same with each voxel as eight, and some over at the ends.
      let large = VolumeShape(29, 81, 89)
      let many = (0..<large.count).map { index -> Float in
        let (line, x) = index.quotientAndRemainder(dividingBy: large.width)
        let (z, y) = line.quotientAndRemainder(dividingBy: large.height)
        return voxels[shape.index(min(z / 2, 13), min(y / 2, 39), min(x / 2, 43))]
      }
      try MRCWriter<Float>.write(
        many, to: "\(folder)/large.mrc",
        geometry: Geometry(depth: 29, height: 81, width: 89, voxelSizeAngstroms: [5, 5, 5]))
      let one = try segment(folder, ["\(folder)/small.mrc"], "one")
      #expect(one.code == 0, "\(one.error)")
      let two = try segment(
        folder, ["\(folder)/large.mrc"], "two", ["--at-voxel-size", "11", "--point", "34.5,54.5,14.5"])
      #expect(two.code == 0, "\(two.error)")
      func rows(_ name: String) throws -> [[Double]] {
        String(decoding: try TestData.bytes("\(folder)/\(name)"), as: UTF8.self).split(separator: "\n")
          .dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
      }
      let (small, given) = (
        try Tomogram("\(folder)/one/semantic.mrc"), try Tomogram("\(folder)/two/semantic.mrc")
      )
      #expect(given.shape == large && given.geometry.voxelSizeAngstroms == [5, 5, 5])
      let record = try JSON(contentsOf: "\(folder)/two/run.json")
      #expect(record["parameters"]?["bin"]?.int == 2)
      #expect(record["points_xyz"]?.array?.first?.array?.compactMap(\.double) == [34.5, 54.5, 14.5])
      // The middles of the picks are those of their voxels.
      let labels = try Tomogram("\(folder)/two/instances.mrc")
      let (few, picks) = (try rows("one/picks.csv"), try rows("two/picks.csv"))
      #expect(few.count == picks.count && !picks.isEmpty)
      for (pick, expected) in zip(picks, few) {
        // The limit of a mask's reach is finer, so middles may move by a part of a voxel.
        for axis in 0..<3 { #expect(abs(pick[axis] - (2 * expected[axis] + 0.5)) < 1) }
        var (sum, count) = (SIMD3<Double>.zero, 0.0)
        for z in 0..<29 {
          let section = labels.slice(axis: .z, index: z)
          for (place, label) in section.enumerated() where Double(label) == pick[5] {
            sum += SIMD3(Double(place % 89), Double(place / 89), Double(z))
            count += 1
          }
        }
        for axis in 0..<3 { #expect(abs(sum[axis] / count - pick[axis]) < 1e-4) }
      }
      // Each voxel that is marked is eight, but where the limit of a mask's reach is finer.
      let (few8, all) = (
        8 * small.statistics.mean * Double(shape.count), given.statistics.mean * Double(large.count)
      )
      #expect(abs(all / few8 - 1) < 0.1)
      // Cut again, the same picks come out.
      let before = try TestData.bytes("\(folder)/two/picks.star")
      let pick = try ProgramRun(
        "cryosam", ["pick", "\(folder)/two", "--threshold", "0", "--size", "0.01,100"])
      #expect(pick.code == 0, "\(pick.error)")
      let isSame = try TestData.bytes("\(folder)/two/picks.star") == before
      #expect(isSame)

      // Matching alone: samples are at the middles of the voxels that were taken together.
      let match = try ProgramRun(
        "cryosam",
        [
          "match", "\(folder)/large.mrc", "--bin", "2", "--dino", "\(folder)/dino.safetensors", "--dino-size",
          "126",
          "--cache", "\(folder)/two/encoded-slices", "--query", "\(folder)/two/semantic.mrc", "--top-k", "2",
          "--quiet", "-o", "\(folder)/match",
        ])
      #expect(match.code == 0, "\(match.error)")
      let similarity = try Tomogram("\(folder)/match/similarity.mrc").geometry
      #expect(similarity.originAngstroms == SIMD3(repeating: 2.5))
      let proposals = String(decoding: try TestData.bytes("\(folder)/match/proposals.star"), as: UTF8.self)
      let places = proposals.split(separator: "\n").filter { $0.hasPrefix("large.mrc") }
        .flatMap { $0.split(separator: " ")[1...3].compactMap { Double($0) } }
      #expect(places.count == 6 && places.allSatisfy { ($0 - 0.5).truncatingRemainder(dividingBy: 2) == 0 })
    }
  }

  @Test("a run of a copick project: its name is the tomogram's, and its masks go into the overlay")
  func copick() throws {
    try TestData.withFolder { folder in
      try SmallTomogram.writeNetworks(folder)
      try SmallTomogram.writeStore(
        try SmallTomogram.voxels(), to: "\(folder)/project/ExperimentRuns/TS_7/VoxelSpacing10.000/wbp.zarr")
      let config = """
        {"config_type": "filesystem", "overlay_root": "local://\(folder)/project/", "pickable_objects": [
         {"name": "ribosome", "is_particle": true}, {"name": "tric", "is_particle": true}]}
        """
      try TestData.write(Array(config.utf8), to: "\(folder)/project.json")
      let place = [
        "--copick", "\(folder)/project.json", "--run", "TS_7", "--tomo-type", "wbp", "--voxel-spacing", "10",
      ]
      let unnamed = try segment(folder, place, "one")
      #expect(unnamed.code == 64 && unnamed.error.contains("ribosome, tric"), "\(unnamed.error)")
      let first = try segment(folder, place + ["--copick-object", "ribosome"], "one")
      #expect(first.code == 0, "\(first.error)")
      let table = String(decoding: try TestData.bytes("\(folder)/one/picks.star"), as: UTF8.self)
      #expect(table.contains("\nTS_7 "))
      let written = "\(folder)/project/ExperimentRuns/TS_7/Segmentations/10.000_cryosam_1_ribosome.zarr"
      let (mask, semantic) = (try Tomogram(written), try Tomogram("\(folder)/one/semantic.mrc"))
      #expect(mask.statistics == semantic.statistics && mask.geometry == semantic.geometry)
      let picks = try JSON(
        contentsOf: "\(folder)/project/ExperimentRuns/TS_7/Picks/cryosam_1_ribosome.json")
      #expect(picks["pickable_object_name"]?.string == "ribosome" && picks["run_name"]?.string == "TS_7")
      let rows = table.split(separator: "\n").filter { $0.hasPrefix("TS_7 ") }
      #expect(picks["points"]?.array?.count == rows.count && !rows.isEmpty)
      let again = try segment(folder, place + ["--copick-object", "ribosome"], "two")
      #expect(again.code == 73 && again.error.contains("--copick-session"), "\(again.error)")
      let pick = try ProgramRun("cryosam", ["pick", "\(folder)/one", "--count", "1"])
      #expect(pick.code == 0, "\(pick.error)")
      let cut = String(decoding: try TestData.bytes("\(folder)/one/picks.star"), as: UTF8.self)
      #expect(cut.contains("\nTS_7 "))
    }
  }

  @Test(
    "options that do not go together",
    arguments: [
      ["t.mrc", "--bin", "2", "--at-voxel-size", "10"], ["t.mrc", "--bin", "0"], ["t.mrc", "--bin", "65"],
      ["t.mrc", "--level", "-1"], ["t.mrc", "--level", "10nm"], ["t.mrc", "--volumes", "tiff"], [],
      ["--copick", "c.json"],
      ["t.mrc", "--copick", "c.json", "--run", "a", "--tomo-type", "b", "--voxel-spacing", "1"],
      ["t.mrc", "--run", "a"],
    ])
  func usage(arguments: [String]) throws {
    let run = try ProgramRun(
      "cryosam",
      ["segment"] + arguments + ["--features", "sam", "--sam", "s", "--point", "1,2,3", "-o", "o"])
    #expect(run.code == 64, "\(run.error)")
  }
}
