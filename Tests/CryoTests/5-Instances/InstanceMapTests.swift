import Cryo
import TestSupport
import Testing
import Volumes

@Suite("Instances")
struct InstanceMapTests {
  private let shape = VolumeShape(4, 10, 20)

  private func mask(_ z: Int, _ y: Int, _ x: Range<Int>) -> ParticleMask {
    let run = shape.index(z, y, x.lowerBound)..<shape.index(z, y, x.lowerBound) + x.count
    return ParticleMask(voxels: VoxelMask(runs: [run]), predictedIoU: Double(x.count) / 100)
  }

  @Test("duplicates join the better one, others keep what is theirs")
  func merging() {
    let map = InstanceMap(
      merging: [
        (mask(1, 2, 0..<8), 0.9),
        (mask(1, 2, 3..<11), 0.8),  // 5 of 8 shared: the same particle
        (mask(1, 2, 9..<17), 0.7),  // its own, though 2 voxels are taken
        (ParticleMask(voxels: .empty, predictedIoU: 0), 0.65),
        (mask(3, 5, 0..<4), 0.6),
        (mask(3, 5, 1..<3), 0.5),  // inside another: a part of it
        (mask(2, 7, 0..<10), 0.4),
        (mask(2, 7, 7..<11), 0.3),  // 3 of its 4 in another: a part of it, though the IoU is small
      ], in: shape)
    #expect(map.instances.map(\.label) == [1, 2, 3, 4])
    #expect(map.instances.map(\.voxels) == [11, 6, 4, 11])
    #expect(map.instances.map(\.proposals) == [2, 1, 2, 2])
    #expect(map.instances.map(\.similarity) == [0.9, 0.7, 0.6, 0.4])
    #expect(map.instances.map(\.predictedIoU) == [0.08, 0.08, 0.04, 0.1])
    #expect(map.instances[0].centroid == VoxelPoint(x: 5, y: 2, z: 1))
    #expect(map.instances[1].centroid == VoxelPoint(x: 13.5, y: 2, z: 1))
    #expect(map.voxels == 32)
    #expect(map.volume.labels.filter { $0 != 0 }.count == 32)
    #expect(map.volume.labels[shape.index(1, 2, 10)] == 1)
    #expect(map.volume.labels[shape.index(1, 2, 11)] == 2)
  }

  @Test("one that others cover entirely is no instance of its own")
  func covered() {
    let map = InstanceMap(
      merging: [
        (mask(0, 0, 0..<4), 0.9), (mask(0, 0, 4..<9), 0.8),
        // Half of it in each: a duplicate of neither.
        (mask(0, 0, 1..<7), 0.7),
      ], in: shape)
    #expect(map.instances.map(\.voxels) == [4, 5])
    #expect(map.instances.map(\.proposals).reduce(0, +) == 3)
  }

  @Test("a user's points keep their numbers")
  func separate() {
    let map = InstanceMap(
      separate: [
        mask(0, 0, 0..<4), ParticleMask(voxels: .empty, predictedIoU: 0), mask(0, 0, 0..<6),
        mask(0, 0, 1..<2),
      ], in: shape)
    #expect(map.instances.map(\.label) == [1, 3])
    #expect(map.instances.map(\.voxels) == [4, 2])
    #expect(map.instances.allSatisfy { $0.similarity == nil })
  }

  @Test("intersection of runs")
  func intersection() {
    let a = VoxelMask(runs: [0..<5, 10..<20, 30..<31])
    let b = VoxelMask(runs: [4..<11, 12..<14, 19..<40])
    #expect(a.intersection(b) == 1 + 1 + 2 + 1 + 1)
    #expect(b.intersection(a) == a.intersection(b))
    #expect(a.intersection(a) == a.count)
  }
}
