import Platform
import Volumes

/// How like an exemplar a find is, part by part and together.
public struct Score: Sendable, Equatable {
  /// The cosine of the find's own feature, the mean over its mask, with the query (eq. 4 and 6 for one instance).
  public let cosine: Double
  /// Pearson's correlation of the density about its middle with their radial profile, over their own: at most 1.
  public let correlation: Double
  /// The natural logarithm of its voxels over the prompted particles'.
  public let size: Double
  /// The distance of its radial profile from theirs over the length of theirs: 0 is alike.
  public let profile: Double
  /// All together, from 0 to 1: 1 is exactly like the prompted particles.
  public let total: Double

  public init(cosine: Double, correlation: Double, size: Double, profile: Double, total: Double) {
    (self.cosine, self.correlation, self.size) = (cosine, correlation, size)
    (self.profile, self.total) = (profile, total)
  }

  /// The score of a find.
  ///
  ///     total = √max(0, cosine) · correlation · exp(-profile - |size| / 4t),  t = max(1, 2 spread)
  ///
  /// `docs/design.md` tells how it was chosen.
  ///
  /// - Parameter profile: the density about its middle.
  init(
    _ measures: Measures, feature: QueryFeature, profile: RadialProfile, correlation: Double,
    like exemplar: Exemplar
  ) {
    func places(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
    cosine = places(feature.cosine(with: exemplar.query))
    self.correlation = places(
      exemplar.correlation > 0 ? min(1, max(0, correlation) / exemplar.correlation) : 0)
    size = places(log(Double(measures.voxels) / exemplar.voxels))
    self.profile = places(profile.distance(from: exemplar.profile))
    let tolerance = 4 * max(1, 2 * (exemplar.spread ?? 0))
    total = places(
      max(0, cosine).squareRoot() * self.correlation * exp(-self.profile - abs(size) / tolerance))
  }
}

extension RadialProfile {
  /// The distance of two profiles of the same shells over the length of `other`; each shell counts as its radius.
  func distance(from other: RadialProfile) -> Double {
    precondition(shells.count == other.shells.count)
    var (difference, length) = (0.0, 0.0)
    for (index, (own, theirs)) in zip(shells, other.shells).enumerated() {
      let weight = (Double(index) + 0.5).squareRoot()
      difference += weight * (own - theirs) * (own - theirs)
      length += weight * theirs * theirs
    }
    return length > 0 ? (difference / length).squareRoot() : 0
  }
}

extension QueryFeature {
  /// The cosine of two features; 0 if one has no length.
  func cosine(with other: QueryFeature) -> Double {
    var (product, own, theirs) = (0.0, 0.0, 0.0)
    for (a, b) in zip(views.joined(), other.views.joined()) {
      product += Double(a) * Double(b)
      own += Double(a) * Double(a)
      theirs += Double(b) * Double(b)
    }
    return own > 0 && theirs > 0 ? product / (own * theirs).squareRoot() : 0
  }
}
