/// A point in a tomogram, in voxels: 0-based, the centre of the first voxel at (0, 0, 0).
public struct VoxelPoint: Sendable, Equatable, Hashable {
  public var x: Double
  public var y: Double
  public var z: Double

  public init(x: Double, y: Double, z: Double) {
    (self.x, self.y, self.z) = (x, y, z)
  }

  /// (x, y, z).
  public init(_ position: SIMD3<Double>) {
    (x, y, z) = (position.x, position.y, position.z)
  }

  /// (x, y, z).
  public var position: SIMD3<Double> { SIMD3(x, y, z) }

  /// The coordinate along `axis`.
  public subscript(axis: Axis) -> Double {
    switch axis {
    case .z: z
    case .y: y
    case .x: x
    }
  }

  /// The distance to `other`, in voxels.
  public func distance(to other: VoxelPoint) -> Double {
    let (dx, dy, dz) = (x - other.x, y - other.y, z - other.z)
    return (dx * dx + dy * dy + dz * dz).squareRoot()
  }
}
