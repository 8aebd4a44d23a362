extension Geometry {
  /// The geometry of the tomogram at `path` as its header has it; the voxels of a file that is not compressed are not
  /// read.
  ///
  /// - Throws: `Failure` for files that are missing, not MRC, cut off, or of an unsupported mode.
  public init(ofFile path: String, reading: VoxelReading = .usual) throws {
    self = try MRCFile(path, reading: reading).layout.geometry
  }
}
