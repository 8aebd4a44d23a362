import Files

/// Voxels taken together: N of the given tomogram's along each axis make one that is worked on, their mean.
///
/// The middle of binned voxel i is at N i + (N - 1) / 2 of the given ones. What is left at the ends, less than N voxels, is
/// not looked at.
public struct Binning: Sendable, Equatable {
  public let factor: Int

  /// Voxels as they are.
  public static let none = Binning(factor: 1)

  public static let factorRange = 1...64

  public init(factor: Int) {
    precondition(factor >= 1)
    self.factor = factor
  }

  private var shift: Double { Double(factor - 1) / 2 }

  /// The place in given voxels of a place in binned ones.
  public func given(_ point: VoxelPoint) -> VoxelPoint {
    VoxelPoint(point.position * Double(factor) + shift)
  }

  /// The place in binned voxels of a place in given ones; one beyond the last whole voxel is brought into that.
  public func binned(_ point: VoxelPoint, in shape: VolumeShape) -> VoxelPoint {
    if factor == 1 { return point }
    let most = SIMD3(Double(shape.width), Double(shape.height), Double(shape.depth)) - 1
    return VoxelPoint(
      ((point.position - shift) / Double(factor)).clamped(lowerBound: .zero, upperBound: most))
  }

  /// The geometry of the binned volume.
  ///
  /// - Throws: `Failure` if it would have no voxels.
  public func binned(_ geometry: Geometry) throws -> Geometry {
    if factor == 1 { return geometry }
    let sizes = [geometry.depth / factor, geometry.height / factor, geometry.width / factor]
    guard sizes.allSatisfy({ $0 > 0 }) else {
      throw Failure(
        .usage,
        "its \(geometry.width) x \(geometry.height) x \(geometry.depth) voxels cannot be binned by \(factor)",
        remedy: "give a smaller --bin, or a smaller --at-voxel-size")
    }
    let start = SIMD3<Int32>(
      geometry.start.x / Int32(factor), geometry.start.y / Int32(factor), geometry.start.z / Int32(factor))
    return Geometry(
      depth: sizes[0], height: sizes[1], width: sizes[2],
      voxelSizeAngstroms: geometry.voxelSizeAngstroms * Double(factor),
      originAngstroms: geometry.sceneOrigin + geometry.voxelSizeAngstroms * shift, start: start)
  }

  /// How a user asks for it.
  public enum Choice: Sendable, Equatable {
    case factor(Int)
    /// To the voxels nearest to so many Angstroms.
    case voxelSize(Double)

    public static let none = Choice.factor(1)

    /// It for a volume of `geometry`.
    ///
    /// - Throws: `Failure` if that needs a voxel size and none is known.
    public func binning(of geometry: Geometry) throws -> Binning {
      switch self {
      case .factor(let factor): return Binning(factor: factor)
      case .voxelSize(let size):
        guard geometry.hasVoxelSize else {
          throw Failure(
            .usage, "its voxel size is not known, so it cannot be binned to \(size) A",
            remedy: "give it with --voxel-size, or use --bin")
        }
        let ratio = size / (geometry.voxelSizeAngstroms.sum() / 3)
        return Binning(factor: min(max(1, Int(ratio.rounded())), Binning.factorRange.upperBound))
      }
    }
  }
}
