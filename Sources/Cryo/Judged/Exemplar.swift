import Parallel
import Platform
import Volumes

/// What the prompted particles of one kind are like: what finds are compared with.
public struct Exemplar: Sendable, Equatable {
  public let kind: Kind
  /// How many particles it is the mean of.
  public let particles: Int
  /// Their mean feature.
  public let query: QueryFeature
  /// The density about their centres.
  public let profile: RadialProfile
  /// Pearson's correlation of the density about their own centres with it, the mean: how much of what is there such a
  /// profile can explain.
  public let correlation: Double
  /// Where they end, in voxels from their centres, by their density.
  public let radius: Double
  /// Voxels of a mask, the geometric mean.
  public let voxels: Double
  /// The standard deviation of the natural logarithm of their voxels; nil for one particle.
  public let spread: Double?
  /// Their mean density and contrast, as in `Measures`.
  public let density: Double
  public let contrast: Double

  public init(
    _ kind: Kind = .only, particles: Int, query: QueryFeature, profile: RadialProfile, correlation: Double,
    radius: Double, voxels: Double, spread: Double?, density: Double, contrast: Double
  ) {
    (self.kind, self.particles, self.query, self.profile) = (kind, particles, query, profile)
    (self.correlation, self.radius) = (correlation, radius)
    (self.voxels, self.spread, self.density, self.contrast) = (voxels, spread, density, contrast)
  }

  /// What the particles of `kind` at `points` are like, of which SAM gave `particles`, at least one with voxels.
  init(
    _ kind: Kind, of particles: [ParticleMask], at points: [VoxelPoint], query: QueryFeature,
    in tomogram: Tomogram
  ) {
    let found = zip(points, particles).filter { !$0.1.voxels.isEmpty }
    let measures = found.map { Measures($0.1, in: tomogram) }
    let logarithms = measures.map { log(Double($0.voxels)) }
    let voxels = exp(logarithms.mean)
    let (places, radius) = Self.outline(Array(zip(found.map(\.0), measures)), in: tomogram)
    let profile = RadialProfile(
      mean: places.map { RadialProfile(of: tomogram, about: $0, radius: Self.profileRadii * radius) })
    let match = RadialMatch(profile)
    self.init(
      kind, particles: found.count, query: query, profile: profile,
      correlation: places.map { match.correlation(about: $0, in: tomogram) }.mean, radius: radius,
      voxels: voxels,
      spread: measures.count > 1
        ? logarithms.map { ($0 - log(voxels)) * ($0 - log(voxels)) }.mean.squareRoot() : nil,
      density: measures.map(\.density).mean, contrast: measures.map(\.contrast).mean)
  }

  /// The centres of particles of one kind, and where they end, in voxels. The mask's size is SAM's word; the density has
  /// the last one.
  static func outline(
    _ found: [(point: VoxelPoint, measures: Measures)], in tomogram: Tomogram
  ) -> (places: [VoxelPoint], radius: Double) {
    let voxels = exp(found.map { log(Double($0.measures.voxels)) }.mean)
    let contrast = found.map(\.measures.contrast).mean
    var radius = cbrt(0.75 * voxels / .pi)
    var places = found.map(\.point)
    for starts in [found.map { [$0.point, $0.measures.centroid] }, nil] {
      places = (starts ?? places.map { [$0] }).map { centre(near: $0, radius, in: tomogram) }
      let wide = RadialProfile(
        mean: places.map { RadialProfile(of: tomogram, about: $0, radius: wideRadii * radius) })
      radius = wide.edge(sign: contrast < 0 ? 1 : -1) ?? radius
    }
    return (places, radius)
  }

  /// How far profiles reach, in radii of the particle: one to find where it ends, one to compare.
  private static let wideRadii = 3.0
  static let profileRadii = 1.5

  /// The middle of a particle of `radius` voxels: of the voxels near `starts` the one about which density is most nearly
  /// a function of distance alone.
  private static func centre(
    near starts: [VoxelPoint], _ radius: Double, in tomogram: Tomogram
  ) -> VoxelPoint {
    let reach = max(2, Int((0.4 * radius).rounded()))
    var seen = Set<VoxelPoint>()
    var places: [VoxelPoint] = []
    for start in starts {
      for z in -reach...reach {
        for y in -reach...reach {
          for x in -reach...reach {
            let step = SIMD3(Double(x), Double(y), Double(z))
            let place = VoxelPoint(start.position.rounded(.toNearestOrAwayFromZero) + step)
            if seen.insert(place).inserted { places.append(place) }
          }
        }
      }
    }
    let explained = Parallel.map(places.count) {
      RadialProfile.measured(tomogram, places[$0], profileRadii * radius).explained
    }
    let best = explained.indices.max { (explained[$0], -$0) < (explained[$1], -$1) } ?? 0
    return places[best]
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(Swift.max(1, count)) }
}
