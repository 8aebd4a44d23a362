/// What a user says of a volume where its header cannot be trusted, or leaves a choice.
public struct VoxelReading: Sendable, Equatable {
  public var signs: ByteSigns
  /// Nil: the header's.
  public var voxelSizeAngstroms: Double?

  /// Of a store that has several; nil: the finest.
  public var level: PyramidLevel?

  public init(signs: ByteSigns = .found, voxelSizeAngstroms: Double? = nil, level: PyramidLevel? = nil) {
    (self.signs, self.voxelSizeAngstroms, self.level) = (signs, voxelSizeAngstroms, level)
  }

  /// What header and voxels say.
  public static let usual = VoxelReading()

  public static let voxelSizeRange = 0.05...1000.0
}
