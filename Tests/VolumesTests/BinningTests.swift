import Files
import TestSupport
import Testing
import Volumes

@Suite("Binning")
struct BinningTests {
  @Test("places come back, and the middle of binned voxel i is at N i + (N - 1) / 2", arguments: 1...5)
  func places(factor: Int) throws {
    let binning = Binning(factor: factor)
    let given = Geometry(
      depth: 31, height: 47, width: 52, voxelSizeAngstroms: [4, 5, 6], originAngstroms: [100, 0, -7])
    let binned = try binning.binned(given)
    for index in 0..<binned.depth {
      let place = Double(factor * index) + Double(factor - 1) / 2
      let point = VoxelPoint(x: Double(index), y: Double(index), z: Double(index))
      #expect(binning.given(point).position == SIMD3(repeating: place))
      #expect(binning.binned(binning.given(point), in: binned.shape) == point)
      // The same place in the specimen.
      let (a, b) = (
        binned.originAngstroms + point.position * binned.voxelSizeAngstroms,
        given.originAngstroms + binning.given(point).position * given.voxelSizeAngstroms
      )
      #expect((a - b).max() < 1e-9 && (b - a).max() < 1e-9)
    }
    let last = binning.binned(VoxelPoint(x: 51, y: 46, z: 30), in: binned.shape)
    #expect(binned.contains(x: last.x, y: last.y, z: last.z))
  }

  @Test("a volume that its start places stands where it stood", arguments: 1...3)
  func start(factor: Int) throws {
    let given = Geometry(
      depth: 12, height: 12, width: 12, voxelSizeAngstroms: [10, 10, 10], start: [5, 6, 7])
    let binned = try Binning(factor: factor).binned(given)
    let shift = Double(factor - 1) * 5
    #expect(binned.sceneOrigin == given.sceneOrigin + shift)
    #expect(factor > 1 || binned == given)
  }

  @Test("a binned voxel is the mean of those that are the specimen", arguments: [2, 3])
  func means(factor: Int) throws {
    let shape = VolumeShape(7, 9, 11)
    var voxels = (0..<shape.count).map { Float(($0 * 37) % 101) }
    voxels[0] = .nan
    // A block without anything.
    for z in 0..<factor {
      for y in 0..<factor { for x in factor..<2 * factor { voxels[shape.index(z, y, x)] = .infinity } }
    }
    let tomogram = try Tomogram(voxels: voxels, geometry: Geometry(depth: 7, height: 9, width: 11))
    let binned = try tomogram.binned(by: Binning(factor: factor))
    #expect(binned.shape == VolumeShape(7 / factor, 9 / factor, 11 / factor))
    #expect(binned.statistics.nanCount == 1 && binned.sha256() != tomogram.sha256())
    var wrong = 0
    for z in 0..<binned.shape.depth {
      for y in 0..<binned.shape.height {
        for x in 0..<binned.shape.width {
          var (sum, count) = (0.0, 0)
          for place in 0..<factor * factor * factor {
            let value = voxels[
              shape.index(
                z * factor + place / factor / factor, y * factor + place / factor % factor,
                x * factor + place % factor)]
            if value.isFinite { (sum, count) = (sum + Double(value), count + 1) }
          }
          let mean = count > 0 ? sum / Double(count) : binned.statistics.mean
          if binned[z, y, x] != Float(mean) { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test(
    "a voxel size asks for the whole number that comes nearest",
    arguments: [(10, 2), (13, 3), (14.9, 3), (5, 1), (1, 1), (900, 64)])
  func voxelSize(size: Double, factor: Int) throws {
    let geometry = Geometry(depth: 9, height: 9, width: 9, voxelSizeAngstroms: [5, 5, 5])
    #expect(try Binning.Choice.voxelSize(size).binning(of: geometry).factor == factor)
    #expect(throws: Failure.self) {
      try Binning.Choice.voxelSize(size).binning(of: Geometry(depth: 9, height: 9, width: 9))
    }
    #expect(throws: Failure.self) { try Binning(factor: 10).binned(geometry) }
  }
}
