import Files

/// A length as users give it: in voxels, or in Angstroms.
public struct Length: Sendable, Equatable, CustomStringConvertible {
  public let length: Double
  public let inAngstroms: Bool
  public let description: String

  /// Reads `10` as voxels and `100A` as Angstroms. Nil for what is no positive length below 1e9.
  public init?(_ text: String) {
    let number = text.hasSuffix("A") ? text.dropLast() : text[...]
    guard let length = Double(number), length > 0, length < 1e9 else { return nil }
    self.length = length
    inAngstroms = text.hasSuffix("A")
    description = inAngstroms ? "\(number) A" : "\(number) voxels"
  }

  /// So many voxels.
  public init(voxels: Double) {
    (length, inAngstroms) = (voxels, false)
    description = "\(decimal(voxels, places: 1)) voxels"
  }

  /// `A` or `voxels`.
  public var unit: String { inAngstroms ? "A" : "voxels" }

  /// It in voxels of `geometry`, whose sides may differ: in the mean one.
  ///
  /// - Throws: `Failure` if that needs a voxel size and none is known.
  public func voxels(in geometry: Geometry) throws -> Double {
    let scale = try scale(voxelSizeAngstroms: geometry.hasVoxelSize ? geometry.voxelSizeAngstroms : nil)
    return length * 3 / scale.sum()
  }

  /// The length of a voxel along x, y, z in its units.
  ///
  /// - Throws: `Failure` if that needs a voxel size and none is known.
  public func scale(voxelSizeAngstroms: SIMD3<Double>?) throws -> SIMD3<Double> {
    guard inAngstroms else { return SIMD3(repeating: 1) }
    guard let voxelSizeAngstroms else {
      throw Failure(
        .usage, "\(description) is in Angstroms, but no voxel size is known",
        remedy: "give --tomogram, or the length in voxels")
    }
    return voxelSizeAngstroms
  }
}
