import Platform
import Volumes

extension Exemplar {
  /// What each of `kinds` is like, those that are looked for first. Of things that are not wanted each point is a kind of
  /// its own: they need not be alike.
  ///
  /// - Parameter prompted: the particles at the points of each kind.
  /// - Throws: `NoParticle` if a kind that is looked for has none; `Failure` if features cannot be read.
  static func all(
    of kinds: [PromptedKind], _ prompted: [[ParticleMask]], in features: SliceFeatures
  ) throws -> [Exemplar] {
    let (tomogram, pairs) = (features.tomogram, Array(zip(kinds, prompted)))
    let wanted = try pairs.filter { $0.0.kind.isWanted }.map { kind, particles in
      let found = particles.map(\.voxels).filter { !$0.isEmpty }
      guard !found.isEmpty else {
        guard !kind.known.isEmpty else { throw NoParticle(particles, of: kind.kind, in: tomogram) }
        return Exemplar(mean: kind.known)
      }
      let here = Exemplar(
        kind.kind, of: particles, at: kind.points, query: try QueryFeature(pooling: features, over: found),
        in: tomogram)
      return kind.known.isEmpty ? here : Exemplar(mean: [here] + kind.known)
    }
    let others = try pairs.filter { !$0.0.kind.isWanted }.flatMap { kind, particles in
      try zip(kind.points, particles).flatMap { point, particle in
        try wanted.map {
          try Exemplar(kind.kind, at: point, particle, takenFor: $0, in: features)
        }
      } + kind.known
    }
    return wanted + others
  }

  /// What the thing at `point`, of which SAM gave `particle`, is like as a find of a kind that it is not: about the middle
  /// that a proposal there would be moved to, as far as that kind reaches.
  private init(
    _ kind: Kind, at point: VoxelPoint, _ particle: ParticleMask, takenFor other: Exemplar,
    in features: SliceFeatures
  ) throws {
    let tomogram = features.tomogram
    // Where SAM saw nothing, a ball of a particle's size is what must not be picked.
    let mask =
      particle.voxels.isEmpty
      ? ParticleMask(
        voxels: VoxelMask(ball: other.radius, about: point, in: features.shape), predictedIoU: 0)
      : particle
    let middle = Centring(other).place(near: point, in: tomogram).place
    let profile = RadialProfile(of: tomogram, about: middle, radius: other.profile.radius)
    let measures = Measures(mask, in: tomogram)
    self.init(
      kind, particles: 1, query: try QueryFeature(pooling: features, over: [mask.voxels]), profile: profile,
      correlation: RadialMatch(profile).correlation(about: middle, in: tomogram), radius: other.radius,
      voxels: Double(measures.voxels), spread: nil, density: measures.density, contrast: measures.contrast)
  }

  /// The mean of `exemplars` of one kind, of any tomograms with voxels of one size; each counts as its particles.
  public init(mean exemplars: [Exemplar]) {
    guard exemplars.count > 1 else {
      self = exemplars[0]
      return
    }
    let weights = exemplars.map { Double($0.particles) }
    let all = weights.reduce(0, +)
    func mean(_ value: (Exemplar) -> Double) -> Double {
      zip(weights, exemplars).reduce(0) { $0 + $1.0 * value($1.1) } / all
    }
    let radius = mean(\.radius)
    let profiles = exemplars.map { $0.profile.resampled(to: Self.profileRadii * radius) }
    // As in equation 4, features count as the voxels they are the mean of.
    let voxels = exemplars.map { Double($0.particles) * $0.voxels }
    let sum = voxels.reduce(0, +)
    let views = exemplars[0].query.views.indices.map { view in
      exemplars[0].query.views[view].indices.map { channel in
        var total = 0.0
        for (count, exemplar) in zip(voxels, exemplars) {
          total += count * Double(exemplar.query.views[view][channel])
        }
        return Float(total / sum)
      }
    }
    let logarithm = mean { log($0.voxels) }
    let variance = mean { one in
      let away = log(one.voxels) - logarithm
      return away * away + (one.spread ?? 0) * (one.spread ?? 0)
    }
    self.init(
      exemplars[0].kind, particles: exemplars.reduce(0) { $0 + $1.particles },
      query: QueryFeature(views: views),
      profile: RadialProfile(
        shells: profiles[0].shells.indices.map { shell in
          var total = 0.0
          for (weight, profile) in zip(weights, profiles) { total += weight * profile.shells[shell] }
          return total / all
        }, thickness: profiles[0].thickness),
      correlation: mean(\.correlation), radius: radius, voxels: exp(logarithm),
      spread: variance.squareRoot(), density: mean(\.density), contrast: mean(\.contrast))
  }
}

extension RadialProfile {
  /// The same profile with other shells, up to `radius`: linear between the middles of shells.
  func resampled(to radius: Double) -> RadialProfile {
    let count = Self.shells(upTo: radius)
    let thickness = radius / Double(count)
    let shells = (0..<count).map { shell in
      let place = (Double(shell) + 0.5) * thickness / self.thickness - 0.5
      let first = min(max(0, Int(place.rounded(.down))), self.shells.count - 1)
      let second = min(first + 1, self.shells.count - 1)
      let weight = min(max(0, place - Double(first)), 1)
      return (1 - weight) * self.shells[first] + weight * self.shells[second]
    }
    return RadialProfile(shells: shells, thickness: thickness)
  }
}

extension VoxelMask {
  /// The voxels at most `radius` from `centre`, of which at least the nearest one lies in the volume.
  init(ball radius: Double, about centre: VoxelPoint, in shape: VolumeShape) {
    var runs: [Range<Int>] = []
    func range(_ axis: Axis, _ reach: Double) -> Range<Int> {
      let (first, last) = ((centre[axis] - reach).rounded(.up), (centre[axis] + reach).rounded(.down))
      return max(0, Int(first))..<max(0, min(shape[axis], Int(last) + 1))
    }
    for z in range(.z, radius) {
      for y in range(.y, radius) {
        let (dz, dy) = (Double(z) - centre.z, Double(y) - centre.y)
        let rest = radius * radius - dz * dz - dy * dy
        guard rest >= 0 else { continue }
        let columns = range(.x, rest.squareRoot())
        guard !columns.isEmpty else { continue }
        let line = shape.index(z, y, 0)
        runs.append(line + columns.lowerBound..<line + columns.upperBound)
      }
    }
    self.init(runs: runs)
    if isEmpty { self.init(of: centre, in: shape) }
  }
}
