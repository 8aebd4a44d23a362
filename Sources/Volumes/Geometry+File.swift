extension Geometry {
  /// The geometry of the tomogram at `path` as its header, or its store's metadata, has it; the voxels of a file that is not
  /// compressed, and those of a store, are not read.
  ///
  /// - Throws: `Failure` for files that are missing, of neither format, cut off, or of an unsupported mode.
  public init(ofFile path: String, reading: VoxelReading = .usual) throws {
    self =
      try OMEZarr.isOne(path)
      ? OMEZarr(path).geometry(reading) : MRCFile(path, reading: reading).layout.geometry
  }
}
