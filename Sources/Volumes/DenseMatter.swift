import Files

/// Whether dense matter is dark in a tomogram, as in raw ones, or bright, by a guess.
public struct DenseMatter: Sendable, Equatable {
  public enum Look: String, Sendable {
    case dark
    case bright
    case unclear
  }

  /// The values below which half a per cent, half, and all but half a per cent of the voxels lie.
  public let percentiles: [Double]
  /// How far the darkest and the brightest half per cent of the voxels begin from the median.
  public let below: Double
  public let above: Double

  /// Particles are few, so they make the longer tail of the voxels.
  public init(_ tomogram: Tomogram) {
    percentiles = tomogram.percentiles([0.5, 50, 99.5])
    (below, above) = (percentiles[1] - percentiles[0], percentiles[2] - percentiles[1])
  }

  public var look: Look {
    guard below > 0, above > 0 else { return .unclear }
    return below > 1.1 * above ? .dark : above > 1.1 * below ? .bright : .unclear
  }

  /// `looks dark: ...`, for people.
  public var text: String {
    let tails =
      "the darkest half per cent begins \(Float(below)) below the median, the brightest \(Float(above)) above it"
    return look == .unclear ? "unclear: \(tails)" : "looks \(look.rawValue): \(tails)"
  }
}
