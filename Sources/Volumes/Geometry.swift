/// Where a volume's voxels are: its size in voxels and its place in the specimen.
///
/// Everything is in the standard axis order, whatever the file's. Vectors are (x, y, z), as in MRC headers.
public struct Geometry: Sendable, Equatable {
  /// Voxels along z.
  public var depth: Int
  /// Voxels along y.
  public var height: Int
  /// Voxels along x.
  public var width: Int
  /// Angstroms from one voxel to the next along x, y, z; 0 if unknown.
  public var voxelSizeAngstroms: SIMD3<Double>
  /// The header's `origin`.
  public var originAngstroms: SIMD3<Double>
  /// The header's `nstart`: the first voxel's number along x, y, z.
  public var start: SIMD3<Int32>

  public init(
    depth: Int, height: Int, width: Int, voxelSizeAngstroms: SIMD3<Double> = .zero,
    originAngstroms: SIMD3<Double> = .zero, start: SIMD3<Int32> = .zero
  ) {
    precondition(depth > 0 && height > 0 && width > 0)
    self.depth = depth
    self.height = height
    self.width = width
    self.voxelSizeAngstroms = voxelSizeAngstroms
    self.originAngstroms = originAngstroms
    self.start = start
  }

  /// The sizes without the place.
  public var shape: VolumeShape { VolumeShape(depth, height, width) }

  /// The number of voxels.
  public var count: Int { shape.count }

  /// Whether the voxel size is known along all axes.
  public var hasVoxelSize: Bool { voxelSizeAngstroms.min() > 0 }

  /// Where ChimeraX puts the first voxel: the header's origin, or if that is 0 its start.
  public var sceneOrigin: SIMD3<Double> {
    originAngstroms == .zero
      ? SIMD3(Double(start.x), Double(start.y), Double(start.z)) * voxelSizeAngstroms : originAngstroms
  }

  /// One figure for tables that have room for one: the voxel size along x, or nil if it is unknown.
  public var pixelSizeAngstroms: Double? { voxelSizeAngstroms.x > 0 ? voxelSizeAngstroms.x : nil }

  /// Whether the point lies in a voxel of this volume: -0.5 up to N - 0.5 along each axis.
  public func contains(x: Double, y: Double, z: Double) -> Bool {
    x >= -0.5 && x < Double(width) - 0.5 && y >= -0.5 && y < Double(height) - 0.5 && z >= -0.5
      && z < Double(depth) - 0.5
  }

  /// The geometry of a grid of another size over the same volume, corners aligned: the first and the last
  /// grid points are the centres of the first and the last voxels.
  ///
  /// `start` counts grid steps, so it is rounded to the nearest one.
  public func resampled(depth: Int, height: Int, width: Int) -> Geometry {
    func step(_ size: Double, _ from: Int, _ to: Int) -> Double {
      to > 1 && from > 1 ? size * Double(from - 1) / Double(to - 1) : size * Double(from) / Double(to)
    }
    let sizes = SIMD3(
      step(voxelSizeAngstroms.x, self.width, width), step(voxelSizeAngstroms.y, self.height, height),
      step(voxelSizeAngstroms.z, self.depth, depth))
    let counts = SIMD3(
      Double(start.x) * step(1, width, self.width), Double(start.y) * step(1, height, self.height),
      Double(start.z) * step(1, depth, self.depth))
    return Geometry(
      depth: depth, height: height, width: width, voxelSizeAngstroms: sizes, originAngstroms: originAngstroms,
      start: SIMD3<Int32>(clamping: SIMD3<Int>(counts.rounded(.toNearestOrEven))))
  }
}
