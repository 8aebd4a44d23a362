/// Writes a volume section by section; it appears when it is complete.
public protocol VolumeWriter<Voxel> {
  associatedtype Voxel
  /// Writes the next section `[H, W]`, row-major.
  func append(_ section: [Voxel]) throws
  /// Completes the volume.
  func commit() throws
}

extension MRCWriter: VolumeWriter {}
extension OMEZarrWriter: VolumeWriter {}

/// The formats of the masks and labels that are written.
public enum VolumeFormat: String, Sendable, CaseIterable {
  case mrc
  /// OME-Zarr 0.4 on Zarr 2.
  case zarr

  /// What the name of a volume ends in.
  public var ending: String { ".\(rawValue)" }

  /// To be asked before what takes long.
  ///
  /// - Throws: `Failure` if this machine lacks what volumes of this format are written with.
  public func checkAvailable() throws {
    if self == .zarr { _ = try Blosc.open() }
  }

  /// What writes a volume of this format to `path`.
  ///
  /// - Throws: `Failure` when it cannot be created.
  public func writer<Voxel: MRCVoxel & ZarrVoxel>(
    _: Voxel.Type, _ path: String, geometry: Geometry
  ) throws -> any VolumeWriter<Voxel> {
    switch self {
    case .mrc: try MRCWriter<Voxel>(path, geometry: geometry)
    case .zarr: try OMEZarrWriter<Voxel>(path, geometry: geometry)
    }
  }
}
