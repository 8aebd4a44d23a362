import Platform

/// One particle, turned and drawn on voxels around its place: density `[z, x, y]` of a cube.
package struct ParticlePatch: Sendable {
  /// The cube reaches from -half to half voxels about the voxel nearest to the centre.
  package let half: Int
  /// Noise-free density, solid protein being 1.
  package let density: [Float]
  /// Voxels that the particle fills, with its grooves and closed hollows: nothing else may be there.
  package let solid: [SIMD3<Int32>]
  /// Voxels of the particle itself, for the labels.
  package let body: [SIMD3<Int32>]
  /// The least and the largest z, x, y of `solid`.
  let low: SIMD3<Int32>
  let high: SIMD3<Int32>

  /// Voxels above this density belong to the particle.
  static let bodyLevel: Float = 0.25
  /// Nothing else may be where the density is above this.
  static let solidLevel: Float = 0.1

  package var side: Int { 2 * half + 1 }

  /// Draws `species`, turned by `rotation`, with its centre `offset` (x, y, z; at most half a voxel) off the
  /// centre of the middle voxel.
  ///
  /// Blobs are widened by 0.55 voxels, the least that leaves nothing beyond what the voxels can show.
  package init(_ species: Species, rotation: Rotation, offset: SIMD3<Double>, voxelSizeAngstroms: Double) {
    let scale = 1 / voxelSizeAngstroms
    let sigma = Self.sigma(species, voxelSizeAngstroms: voxelSizeAngstroms)
    let half = Int((species.radiusAngstroms * scale + 3 * sigma).rounded(.up)) + 1
    let side = 2 * half + 1
    let reach = max(1, Int((2.7 * sigma).rounded(.up)))
    var density = [Float](repeating: 0, count: side * side * side)
    var weights = [Float](repeating: 0, count: 3 * (2 * reach + 1))
    let volume = Float(scale * scale * scale)
    density.withUnsafeMutableBufferPointer { density in
      weights.withUnsafeMutableBufferPointer { weights in
        for blob in species.blobs {
          let place = rotation(Species.position(blob)) * scale + offset
          let nearest = place.rounded(.toNearestOrAwayFromZero)
          Self.gaussian(place - nearest, sigma, reach, weights)
          let first = SIMD3<Int>(nearest) &+ (half - reach)
          Self.add(weights, first, reach, blob.w * volume, density, side)
        }
      }
    }
    self.half = half
    self.density = density
    (solid, body) = Self.masks(density, side: side, half: half)
    low = solid.reduce(SIMD3(repeating: 0)) { pointwiseMin($0, $1) }
    high = solid.reduce(SIMD3(repeating: 0)) { pointwiseMax($0, $1) }
  }

  /// The width of a drawn blob, in voxels.
  static func sigma(_ species: Species, voxelSizeAngstroms: Double) -> Double {
    let own = species.sigmaAngstroms / voxelSizeAngstroms
    return (own * own + 0.55 * 0.55).squareRoot()
  }

  /// Weights of a blob `shift` (x, y, z) off a voxel: along x, y, z, each of sum 1.
  private static func gaussian(
    _ shift: SIMD3<Double>, _ sigma: Double, _ reach: Int, _ weights: UnsafeMutableBufferPointer<Float>
  ) {
    let taps = 2 * reach + 1
    for axis in 0..<3 {
      var sum: Float = 0
      for tap in 0..<taps {
        let distance = (Double(tap - reach) - shift[axis]) / sigma
        let weight = Float(exp(-0.5 * distance * distance))
        weights[axis * taps + tap] = weight
        sum += weight
      }
      for tap in 0..<taps { weights[axis * taps + tap] /= sum }
    }
  }

  private static func add(
    _ weights: UnsafeMutableBufferPointer<Float>, _ first: SIMD3<Int>, _ reach: Int, _ mass: Float,
    _ density: UnsafeMutableBufferPointer<Float>, _ side: Int
  ) {
    let taps = 2 * reach + 1
    precondition(
      first.min() >= 0 && first.max() + taps <= side, "a blob lies outside of its particle's cube")
    for z in 0..<taps {
      for x in 0..<taps {
        let line = ((first.z + z) * side + first.x + x) * side + first.y
        let weight = mass * weights[2 * taps + z] * weights[x]
        for y in 0..<taps { density[line + y] += weight * weights[taps + y] }
      }
    }
  }

  /// The particle's voxels, as z, x, y from the middle; those it fills include what it encloses along all three
  /// axes.
  private static func masks(
    _ density: [Float], side: Int, half: Int
  ) -> (solid: [SIMD3<Int32>], body: [SIMD3<Int32>]) {
    // For every line along each axis, the first and the last voxel above the level.
    let empty = SIMD2<Int32>(Int32.max, Int32.min)
    var spans = [[SIMD2<Int32>]](repeating: [SIMD2<Int32>](repeating: empty, count: side * side), count: 3)
    func widen(_ span: SIMD2<Int32>, _ index: Int) -> SIMD2<Int32> {
      SIMD2(min(span.x, Int32(index)), max(span.y, Int32(index)))
    }
    for z in 0..<side {
      for x in 0..<side {
        for y in 0..<side where density[(z * side + x) * side + y] > solidLevel {
          spans[0][x * side + y] = widen(spans[0][x * side + y], z)
          spans[1][z * side + y] = widen(spans[1][z * side + y], x)
          spans[2][z * side + x] = widen(spans[2][z * side + x], y)
        }
      }
    }
    func holds(_ span: SIMD2<Int32>, _ index: Int) -> Bool {
      span.x <= Int32(index) && Int32(index) <= span.y
    }
    var (solid, body): ([SIMD3<Int32>], [SIMD3<Int32>]) = ([], [])
    for z in 0..<side {
      for x in 0..<side {
        let across = spans[2][z * side + x]
        guard across.x <= across.y else { continue }
        for y in Int(across.x)...Int(across.y) {
          guard holds(spans[0][x * side + y], z), holds(spans[1][z * side + y], x) else { continue }
          let place = SIMD3(Int32(z - half), Int32(x - half), Int32(y - half))
          solid.append(place)
          if density[(z * side + x) * side + y] > bodyLevel { body.append(place) }
        }
      }
    }
    return (solid, body)
  }
}
