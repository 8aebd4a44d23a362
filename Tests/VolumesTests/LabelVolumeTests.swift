import Testing
import Volumes

@Suite("Label volumes")
struct LabelVolumeTests {
  /// Two objects, the second partly under the first, and one without voxels.
  private static let shape = VolumeShape(3, 4, 5)
  private static func run(_ z: Int, _ y: Int, _ x: Range<Int>) -> Range<Int> {
    shape.index(z, y, x.lowerBound)..<shape.index(z, y, x.lowerBound) + x.count
  }
  private static let painted: [LabelVolume.Painted] = [
    (2, [run(0, 1, 1..<4), run(1, 1, 0..<5), run(1, 2, 2..<3)]),
    (1, [run(1, 0, 0..<2), run(1, 1, 3..<5), run(1, 2, 1..<5), run(2, 3, 4..<5)]),
    (3, []),
  ]

  @Test("what is painted is the same as voxel by voxel, on slices of every axis")
  func planes() {
    var labels = [UInt32](repeating: 0, count: Self.shape.count)
    for (label, runs) in Self.painted {
      for voxel in runs.joined() where labels[voxel] == 0 { labels[voxel] = label }
    }
    let painted = LabelVolume(Self.painted, in: Self.shape)
    let voxels = LabelVolume(labels, in: Self.shape)
    #expect(painted.labels == labels && voxels.labels == labels)
    for axis in Axis.allCases {
      for index in 0..<Self.shape[axis] {
        #expect(painted.plane(axis, index) == voxels.plane(axis, index), "\(axis) \(index)")
      }
    }
    #expect(painted.plane(.x, 4) == [0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 1])
    #expect(painted.places() == voxels.places())
    #expect(painted.places(3).map(\.voxels) == [6, 9, 0])
    #expect(painted.places()[0].centroid.z == 7.0 / 6)
    #expect(LabelVolume(empty: Self.shape).places().isEmpty)
  }
}
