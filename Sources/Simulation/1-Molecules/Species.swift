/// A kind of macromolecule: Gaussian blobs, of which each stands for a few residues.
///
/// Densities are on a scale on which solid protein in water is 1. Positions are in Angstroms about the centre of
/// mass, so that a particle's place is its centre of mass.
public struct Species: Sendable {
  public let name: String
  /// x, y, z in Angstroms, and the blob's integral: density times volume in cubic Angstroms.
  public let blobs: [SIMD4<Float>]
  /// Standard deviation of each blob in Angstroms.
  public let sigmaAngstroms: Double
  /// The largest distance of a blob from the centre, in Angstroms.
  public let radiusAngstroms: Double
  /// What it is, for the record.
  public let description: String

  /// - Parameter blobs: positions about any point; they are moved to the centre of mass.
  public init(_ name: String, blobs: [SIMD4<Float>], sigmaAngstroms: Double, description: String) {
    var (sum, mass) = (SIMD3<Double>.zero, 0.0)
    for blob in blobs {
      mass += Double(blob.w)
      sum += Self.position(blob) * Double(blob.w)
    }
    let centre = mass > 0 ? sum / mass : .zero
    self.name = name
    self.blobs = blobs.map { blob in
      let place = SIMD3<Float>(Self.position(blob) - centre)
      return SIMD4(place, blob.w)
    }
    self.sigmaAngstroms = sigmaAngstroms
    self.description = description
    radiusAngstroms = self.blobs.reduce(0) { most, blob in
      let place = Self.position(blob)
      return max(most, (place * place).sum().squareRoot())
    }
  }

  /// The diameter of the sphere about the centre of mass that holds it, in Angstroms: the blobs and a standard
  /// deviation around them.
  public var diameterAngstroms: Double { 2 * (radiusAngstroms + sigmaAngstroms) }

  /// The integral of the density: solid protein's volume in cubic Angstroms.
  public var volumeCubicAngstroms: Double { blobs.reduce(0) { $0 + Double($1.w) } }

  /// The mass if it is protein of 1.21 cubic Angstroms per dalton.
  public var megadaltons: Double { volumeCubicAngstroms / 1.21e6 }

  /// The width in voxels that it needs in any orientation.
  public func extent(voxelSizeAngstroms: Double) -> Double {
    let sigma = ParticlePatch.sigma(self, voxelSizeAngstroms: voxelSizeAngstroms)
    return 2 * (radiusAngstroms / voxelSizeAngstroms + 2 * sigma) + 1
  }

  static func position(_ blob: SIMD4<Float>) -> SIMD3<Double> {
    SIMD3(Double(blob.x), Double(blob.y), Double(blob.z))
  }
}
