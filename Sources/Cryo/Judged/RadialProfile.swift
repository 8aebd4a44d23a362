import Volumes

/// Density about a centre by distance alone: what a particle looks like from every side alike, whichever way it lies.
public struct RadialProfile: Sendable, Equatable {
  /// The mean density of each shell from the centre outwards, in standard deviations of the tomogram from its mean.
  public let shells: [Double]
  /// The thickness of a shell, in voxels.
  public let thickness: Double

  /// The number of shells of a profile up to `radius` voxels: one for each voxel, as far as that is not too many.
  static func shells(upTo radius: Double) -> Int { min(24, max(2, Int(radius.rounded()))) }

  public init(shells: [Double], thickness: Double) {
    precondition(!shells.isEmpty && thickness > 0)
    (self.shells, self.thickness) = (shells, thickness)
  }

  /// The radius of the outermost shell, in voxels.
  public var radius: Double { Double(shells.count) * thickness }

  /// The profile of `tomogram` about `centre`, up to `radius` voxels away. Voxels outside have the mean density.
  public init(of tomogram: Tomogram, about centre: VoxelPoint, radius: Double) {
    self = Self.measured(tomogram, centre, radius).profile
  }

  /// The profile, and the share of the density's variance in the ball that it explains.
  static func measured(
    _ tomogram: Tomogram, _ centre: VoxelPoint, _ radius: Double
  ) -> (profile: RadialProfile, explained: Double) {
    let count = shells(upTo: radius)
    let thickness = radius / Double(count)
    func range(_ middle: Double) -> Range<Int> {
      Int((middle - radius).rounded(.down))..<Int((middle + radius).rounded(.up)) + 1
    }
    let (zs, ys, xs) = (range(centre.z), range(centre.y), range(centre.x))
    let voxels = tomogram.box(z: zs, y: ys, x: xs)
    let scale = DensityScale(tomogram)
    var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: count)
    var squares = 0.0
    var index = 0
    for z in zs {
      for y in ys {
        for x in xs {
          let point = VoxelPoint(x: Double(x), y: Double(y), z: Double(z))
          let shell = Int(point.distance(to: centre) / thickness)
          if shell < count {
            let value = scale(voxels[index])
            squares += value * value
            sums[shell].sum += value
            sums[shell].count += 1
          }
          index += 1
        }
      }
    }
    // A shell thinner than a voxel may hold none.
    var shells: [Double] = []
    for part in sums { shells.append(part.count > 0 ? part.sum / Double(part.count) : shells.last ?? 0) }
    let all = sums.reduce(into: (sum: 0.0, count: 0)) { $0 = ($0.sum + $1.sum, $0.count + $1.count) }
    let common = all.sum * all.sum / Double(max(1, all.count))
    let between = sums.reduce(0) { $0 + $1.sum * $1.sum / Double(max(1, $1.count)) } - common
    let explained = squares > common ? between / (squares - common) : 0
    return (RadialProfile(shells: shells, thickness: thickness), explained)
  }

  /// The mean of some profiles of the same shells.
  init(mean profiles: [RadialProfile]) {
    let first = profiles[0]
    let shells = first.shells.indices.map { shell in
      profiles.reduce(0) { $0 + $1.shells[shell] } / Double(profiles.count)
    }
    self.init(shells: shells, thickness: first.thickness)
  }

  /// The radius at which the particle ends: beyond its most extreme shell, `sign` times dense, the first where the
  /// density is the tomogram's mean again; nil if there is none.
  func edge(sign: Double) -> Double? {
    let values = shells.map { sign * $0 }
    guard let peak = values.indices.max(by: { values[$0] < values[$1] }), values[peak] > 0,
      let first = values.indices.first(where: { $0 > peak && values[$0] <= 0 })
    else { return nil }
    // Shells have the densities of their middles; between two of them it is linear.
    let (above, below) = (values[first - 1], values[first])
    return (Double(first) - 0.5 + above / (above - below)) * thickness
  }

  /// The density at `distance` voxels from the centre.
  func density(at distance: Double) -> Double { shells[min(shells.count - 1, Int(distance / thickness))] }
}

/// Voxels as standard deviations from the tomogram's mean.
struct DensityScale {
  private let mean: Double
  private let deviation: Double

  init(_ tomogram: Tomogram) {
    mean = tomogram.statistics.mean
    deviation = max(tomogram.statistics.standardDeviation, .leastNormalMagnitude)
  }

  func callAsFunction(_ voxel: Float) -> Double { (Double(voxel) - mean) / deviation }
}
