/// A label volume `[D, H, W]`: 0 is background, n the nth object.
public struct LabelVolume: Sendable {
  public let shape: VolumeShape
  public let labels: [UInt32]

  public init(_ labels: [UInt32], in shape: VolumeShape) {
    precondition(labels.count == shape.count)
    (self.labels, self.shape) = (labels, shape)
  }

  /// Nothing but background.
  public init(empty shape: VolumeShape) {
    self.init([UInt32](repeating: 0, count: shape.count), in: shape)
  }

  /// Where an object lies.
  public struct Place: Sendable, Equatable {
    public let voxels: Int
    /// The mean position of its voxels; the origin if it has none.
    public let centroid: VoxelPoint
  }

  /// The places of the objects 1 to `count`, by default of all; one without voxels is empty.
  public func places(_ count: Int? = nil) -> [Place] {
    let count = count ?? Int(labels.max() ?? 0)
    var sums = [(voxels: Int, z: Int, y: Int, x: Int)](repeating: (0, 0, 0, 0), count: count)
    for z in 0..<shape.depth {
      for y in 0..<shape.height {
        let line = shape.index(z, y, 0)
        for x in 0..<shape.width where labels[line + x] != 0 {
          let label = Int(labels[line + x]) - 1
          sums[label] = (sums[label].voxels + 1, sums[label].z + z, sums[label].y + y, sums[label].x + x)
        }
      }
    }
    return sums.map { sum in
      let number = Double(max(1, sum.voxels))
      let centroid = VoxelPoint(
        x: Double(sum.x) / number, y: Double(sum.y) / number, z: Double(sum.z) / number)
      return Place(voxels: sum.voxels, centroid: centroid)
    }
  }

  /// Calls `body` with the labels of each z-section `[H, W]`.
  public func forEachSection(_ body: (ArraySlice<UInt32>) throws -> Void) rethrows {
    let section = shape.height * shape.width
    for z in 0..<shape.depth { try body(labels[z * section..<(z + 1) * section]) }
  }
}
