/// What a user says of a volume where its header cannot be trusted.
public struct VoxelReading: Sendable, Equatable {
  public var signs: ByteSigns
  /// Nil: the header's.
  public var voxelSizeAngstroms: Double?

  public init(signs: ByteSigns = .found, voxelSizeAngstroms: Double? = nil) {
    (self.signs, self.voxelSizeAngstroms) = (signs, voxelSizeAngstroms)
  }

  /// What header and voxels say.
  public static let usual = VoxelReading()

  public static let voxelSizeRange = 0.05...1000.0
}
