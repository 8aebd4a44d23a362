import Files
import Volumes

/// SAM took no mask that a query could be made of, at any of the prompted points.
public struct NoParticle: Error, FailureConvertible {
  /// What each prompted point gave.
  public let prompted: [ParticleMask]
  public let failure: Failure

  /// No prompt of `kind` gave any voxel.
  ///
  /// - Parameter tomogram: says whether dense matter looks as SAM's images have it.
  init(_ prompted: [ParticleMask], of kind: Kind = .only, in tomogram: Tomogram? = nil) {
    self.prompted = prompted
    let isBright = tomogram.map { DenseMatter($0).look == .bright } ?? false
    failure = Failure(
      .badData,
      "SAM found no particle at any of the prompted points" + (kind.name.map { " of '\($0)'" } ?? ""),
      remedy:
        "check the points (X,Y,Z, counted from 0) and the contrast, or allow larger masks with --max-area"
        + (isBright ? "; dense matter looks bright here: try --invert" : ""))
  }

  /// The released code breaks off at a prompted point whose mask is empty.
  init(breakingOff prompted: [ParticleMask]) {
    self.prompted = prompted
    failure = Failure(
      .badData, "SAM's mask for a prompted point is empty; the released code breaks off here",
      remedy: "leave that point out, or use --profile paper")
  }
}
