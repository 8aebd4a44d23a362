/// The voxels that the tomogram will show.
public struct FieldOfView: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let depth: Int
  public let voxelSizeAngstroms: Double
  /// Voxels without ice at the top and at the bottom.
  public let iceMargin: Int

  public init(width: Int, height: Int, depth: Int, voxelSizeAngstroms: Double, iceMargin: Int) {
    (self.width, self.height, self.depth) = (width, height, depth)
    (self.voxelSizeAngstroms, self.iceMargin) = (voxelSizeAngstroms, iceMargin)
  }

  public var count: Int { width * height * depth }
  /// How thick the ice is, in voxels.
  public var ice: Int { depth - 2 * iceMargin }

  /// Whether `species` fits in the ice and in the field of view in every orientation.
  public func holds(_ species: Species) -> Bool {
    species.extent(voxelSizeAngstroms: voxelSizeAngstroms) <= Double(min(ice, width, height))
  }
}
