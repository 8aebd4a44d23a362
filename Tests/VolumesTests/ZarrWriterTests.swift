import Files
import FoundationEssentials
import TestSupport
import Testing
import Volumes

@Suite("Zarr stores that are written")
struct ZarrWriterTests {
  static let shapes = [
    VolumeShape(1, 1, 1), VolumeShape(3, 7, 5), VolumeShape(64, 20, 256), VolumeShape(65, 257, 300),
  ]

  @Test("they are read as they were written", arguments: shapes)
  func roundTrip(shape: VolumeShape) throws {
    try TestData.withFolder { folder in
      let geometry = Geometry(
        depth: shape.depth, height: shape.height, width: shape.width,
        voxelSizeAngstroms: SIMD3(13.48, 10, 7.5), originAngstroms: SIMD3(-5, 0, 12.25))
      // One chunk of several has something in it.
      let labels = (0..<shape.count).map { UInt16($0 % shape.width < 200 ? $0 % 60_000 : 0) }
      let writer = try OMEZarrWriter<UInt16>("\(folder)/labels.zarr", geometry: geometry)
      let section = shape.height * shape.width
      for z in 0..<shape.depth { try writer.append(Array(labels[z * section..<(z + 1) * section])) }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/labels.zarr"))
      try writer.commit()
      let read = try Tomogram("\(folder)/labels.zarr")
      #expect(read.shape == shape && OMEZarr.isOurs("\(folder)/labels.zarr"))
      #expect((read.geometry.voxelSizeAngstroms - geometry.voxelSizeAngstroms).max() < 1e-5)
      #expect(read.geometry.originAngstroms == geometry.originAngstroms)
      let voxels = (0..<shape.depth).flatMap { read.slice(axis: .z, index: $0) }
      #expect(firstDifference(voxels, labels.map { Float($0) }) == nil)
      #expect(try TestData.names(in: folder) == ["labels.zarr"])
    }
  }

  @Test("chunks of background alone are not written, and an unknown voxel size stays unknown")
  func background() throws {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 70, height: 4, width: 600)
      let writer = try OMEZarrWriter<Int8>("\(folder)/mask.zarr", geometry: geometry)
      for z in 0..<70 {
        var section = [Int8](repeating: 0, count: 2400)
        if z == 69 { section[2399] = -3 }
        try writer.append(section)
      }
      try writer.commit()
      #expect(try TestData.names(in: "\(folder)/mask.zarr/0").sorted() == [".zarray", "1"])
      #expect(try TestData.names(in: "\(folder)/mask.zarr/0/1/0") == ["2"])
      let mask = try Tomogram("\(folder)/mask.zarr")
      #expect(mask[69, 3, 599] == -3 && mask[0, 0, 0] == 0 && !mask.geometry.hasVoxelSize)
    }
  }

  @Test("one that is not completed leaves nothing, and one of ours is replaced, what else is in it is not")
  func replacing() throws {
    try TestData.withFolder { folder in
      let geometry = Geometry(depth: 2, height: 2, width: 2)
      func write(_ value: Int8, commits: Bool = true) throws {
        let writer = try OMEZarrWriter<Int8>("\(folder)/m.zarr", geometry: geometry)
        for _ in 0..<2 { try writer.append([value, 0, 0, value]) }
        if commits { try writer.commit() }
      }
      try write(1, commits: false)
      #expect(try TestData.names(in: folder).isEmpty)
      try write(1)
      try write(2)
      #expect(try Tomogram("\(folder)/m.zarr")[0, 0, 0] == 2)
      #expect(try TestData.names(in: folder) == ["m.zarr"])
      try TestData.write([1], to: "\(folder)/m.zarr/notes.txt")
      #expect(throws: Failure.self) { try write(3) }
      #expect(try Tomogram("\(folder)/m.zarr")[0, 0, 0] == 2)
      #expect(FileManager.default.fileExists(atPath: "\(folder)/m.zarr/notes.txt"))
      OMEZarr.removeOurs("\(folder)/m.zarr")
      #expect(FileManager.default.fileExists(atPath: "\(folder)/m.zarr/notes.txt"))
    }
  }
}
