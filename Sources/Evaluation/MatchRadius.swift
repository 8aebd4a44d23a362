import Files

/// How far a pick may be from its particle: a length in voxels, or in Angstroms.
public struct MatchRadius: Sendable, CustomStringConvertible {
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

  /// `A` or `voxels`.
  public var unit: String { inAngstroms ? "A" : "voxels" }

  /// The length of a voxel along x, y, z in the radius's units.
  ///
  /// - Throws: `Failure` if that needs a voxel size and none is known.
  public func scale(voxelSizeAngstroms: SIMD3<Double>?) throws -> SIMD3<Double> {
    guard inAngstroms else { return SIMD3(repeating: 1) }
    guard let voxelSizeAngstroms else {
      throw Failure(
        .usage, "the radius is in Angstroms, but no voxel size is known",
        remedy: "give --tomogram, or the radius in voxels")
    }
    return voxelSizeAngstroms
  }
}
