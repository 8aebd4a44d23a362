import Files

/// Everything that defines a phantom; two of the same value give the same bytes.
public struct PhantomParameters: Sendable {
  /// Voxels along x, y, z.
  public var size = SIMD3(160, 160, 64)
  public var voxelSizeAngstroms = 10.0
  public var seed: UInt64 = 1
  /// Voxels without ice at the top and at the bottom.
  public var iceMargin = 3
  /// Vesicles and sheets; nil: none to two, by the seed.
  public var membranes: Int?
  /// Gold beads of 10 nm; nil: none to two, by the seed.
  public var gold: Int?
  /// Small proteins around, in mg/ml.
  public var crowding = 80.0
  /// How much of both faces of the ice is covered with denatured protein.
  public var film = 0.4
  public var imaging = ImagingParameters()
  public var reconstruction = ReconstructionParameters()

  public init() {}

  public var field: FieldOfView {
    FieldOfView(
      width: size.x, height: size.y, depth: size.z, voxelSizeAngstroms: voxelSizeAngstroms,
      iceMargin: iceMargin)
  }
}

/// What the microscope does.
public struct ImagingParameters: Sendable {
  /// Tilt angles in degrees: from, to, step.
  public var tiltRange = (low: -60.0, high: 60.0)
  public var tiltStep = 3.0
  public var kilovolts = 300.0
  public var sphericalAberrationMillimetres = 2.7
  public var amplitudeContrast = 0.07
  /// Underfocus in micrometres.
  public var defocusMicrometres = 3.0
  /// Standard deviation of each tilt's defocus about it, unknown to the correction.
  public var defocusVariationMicrometres = 0.03
  /// Electrons per square Angstrom over the whole series.
  public var dose = 100.0
  /// The share of electrons that the detector makes use of.
  public var detectiveQuantumEfficiency = 0.5
  /// Angstroms of ice after which 1/e of the electrons are left.
  public var meanFreePathAngstroms = 3100.0
  /// Volts by which the inner potential of solid protein exceeds that of ice.
  public var proteinPotentialVolts = 2.2
  /// Signal variance over noise variance of the untilted image. Replaces the electrons' noise by white noise of one
  /// strength; infinite: no noise.
  public var signalToNoise: Double?
  /// Standard deviation of the images' shifts, in voxels.
  public var jitter = 0.0

  public init() {}

  /// The tilt angles in degrees, in rising order.
  public var angles: [Double] {
    let count = Int(((tiltRange.high - tiltRange.low) / tiltStep + 1e-6).rounded(.down)) + 1
    return (0..<count).map { tiltRange.low + Double($0) * tiltStep }
  }

  /// The order in which the angles are recorded: from 0 outwards, both signs in turn (Hagen's scheme).
  public var order: [Int] {
    let angles = angles
    return angles.indices.sorted { (abs(angles[$0]), -angles[$0]) < (abs(angles[$1]), -angles[$1]) }
  }
}

/// What is done with the images.
public struct ReconstructionParameters: Sendable {
  /// Correct the phases that the CTF turned over.
  public var flipsPhases = true
  /// Frequency in cycles per voxel above which the images are damped, and how fast.
  public var cutoff = 0.35
  public var falloff = 0.05
  /// Dense matter bright.
  public var inverted = false
  /// A second tomogram, low-passed at this resolution in Angstroms.
  public var lowPassAngstroms: Double?
  /// A second tomogram, deconvolved by the CTF with this strength (as in Warp; 1 is usual).
  public var deconvolution: Double?

  public init() {}

  /// Whether there is a second tomogram.
  public var makesFiltered: Bool { lowPassAngstroms != nil || deconvolution != nil }
}

/// A species and how many of it to place in the field of view.
public struct SpeciesRequest: Sendable {
  public let species: Species
  public let count: Int

  public init(_ species: Species, count: Int) {
    (self.species, self.count) = (species, count)
  }
}
