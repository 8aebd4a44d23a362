import Parallel
import Volumes

/// Moves proposals to the middle of what they are on.
///
/// A feature is a patch's, so a peak of similarity may lie a patch away from the particle. Nearby, the place is taken
/// about which the density agrees best with the prompted particles' radial profile. Masks prompted there are better,
/// and peaks that meet are one proposal.
struct Centring {
  let exemplar: Exemplar
  private let match: RadialMatch

  init(_ exemplar: Exemplar) {
    self.exemplar = exemplar
    match = RadialMatch(exemplar.profile, reach: max(2, Int((0.75 * exemplar.radius).rounded())))
  }

  /// A proposal where it was moved to, and what speaks for it.
  struct Centred: Sendable {
    let proposal: Proposal
    /// Its similarity times how well the density agrees, compared with the prompted particles' own; the most promising
    /// first.
    let promise: Double
  }

  /// The middle of what is near `point`, and how well the density about it agrees with the profile.
  func place(near point: VoxelPoint, in tomogram: Tomogram) -> (place: VoxelPoint, likeness: Double) {
    match.best(near: point, in: tomogram)
  }

  func callAsFunction(_ proposals: [Proposal], in tomogram: Tomogram) -> [Centred] {
    Parallel.map(proposals.count) { index in
      let proposal = proposals[index]
      let (place, likeness) = place(near: proposal.point, in: tomogram)
      return Centred(
        proposal: Proposal(
          z: Int(place.z), y: Int(place.y), x: Int(place.x), similarity: proposal.similarity,
          query: proposal.query),
        promise: Double(proposal.similarity) * max(0, likeness) / max(0.01, exemplar.correlation))
    }
  }
}

extension [Centring.Centred] {
  /// The most promising first. Of two that are nearer to each other than the radius of the smaller kind, the more
  /// promising one stays.
  ///
  /// - Parameter radii: of each kind, in voxels.
  func distinct(radii: [Double]) -> [Proposal] {
    let order = indices.sorted { (-self[$0].promise, $0) < (-self[$1].promise, $1) }
    let side = Swift.max(1, radii.max() ?? 1)
    var grid: [SIMD3<Int>: [Int]] = [:]
    func cell(_ point: VoxelPoint) -> SIMD3<Int> {
      let cell = (point.position / side).rounded(.down)
      return SIMD3(Int(cell.x), Int(cell.y), Int(cell.z))
    }
    var kept: [Proposal] = []
    func areSame(_ a: Proposal, _ b: Proposal) -> Bool {
      a.point.distance(to: b.point) < Swift.max(1, Swift.min(radii[a.query], radii[b.query]))
    }
    for index in order {
      let proposal = self[index].proposal
      let home = cell(proposal.point)
      var isNear = false
      for z in -1...1 {
        for y in -1...1 {
          for x in -1...1 {
            for other in grid[home &+ SIMD3(x, y, z)] ?? [] where areSame(kept[other], proposal) {
              isNear = true
            }
          }
        }
      }
      guard !isNear else { continue }
      grid[home, default: []].append(kept.count)
      kept.append(proposal)
    }
    return kept
  }
}
