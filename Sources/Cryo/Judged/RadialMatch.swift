import Volumes

/// How well the density about a place agrees with a radial profile: Pearson's correlation over the voxels of a ball.
///
/// It does not see contrast and background, and needs no rotations.
struct RadialMatch {
  let profile: RadialProfile
  /// How far from a place a better one is looked for, in voxels along each axis.
  let reach: Int
  private let step: Int
  private let coarse: Taps
  private let fine: Taps

  /// Voxels of the ball that are looked at, at most, in the search and at its end.
  private static let (coarseTaps, fineTaps) = (600, 4000)

  init(_ profile: RadialProfile, reach: Int = 0) {
    (self.profile, self.reach) = (profile, reach)
    step = max(1, reach / 3)
    let side = 2 * (Int(profile.radius.rounded(.up)) + reach + 1) + 1
    coarse = Taps(profile, most: Self.coarseTaps, side: side)
    fine = Taps(profile, most: Self.fineTaps, side: side)
  }

  /// The voxel near `start` about which the density agrees best with the profile, and how well, from -1 to 1: the best
  /// of a lattice, then uphill from voxel to voxel.
  func best(near start: VoxelPoint, in tomogram: Tomogram) -> (place: VoxelPoint, likeness: Double) {
    let half = fine.side / 2
    func range(_ value: Double) -> Range<Int> {
      Int(value.rounded()) - half..<Int(value.rounded()) + half + 1
    }
    let (zs, ys, xs) = (range(start.z), range(start.y), range(start.x))
    let voxels = tomogram.box(z: zs, y: ys, x: xs)
    let shape = tomogram.shape
    func isInside(_ offset: SIMD3<Int>) -> Bool {
      let (z, y, x) = (
        zs.lowerBound + half + offset.z, ys.lowerBound + half + offset.y, xs.lowerBound + half + offset.x
      )
      return (0..<shape.depth).contains(z) && (0..<shape.height).contains(y) && (0..<shape.width).contains(x)
    }
    var offset = SIMD3(0, 0, 0)
    if reach > 0 {
      var most = -Double.infinity
      for z in stride(from: -3 * step, through: 3 * step, by: step) {
        for y in stride(from: -3 * step, through: 3 * step, by: step) {
          for x in stride(from: -3 * step, through: 3 * step, by: step) {
            let there = SIMD3(x, y, z)
            guard isInside(there) else { continue }
            let value = coarse.correlation(voxels, there)
            if value > most { (most, offset) = (value, there) }
          }
        }
      }
    }
    var likeness = fine.correlation(voxels, offset)
    climb: for _ in 0..<2 * step where reach > 0 {
      let here = offset
      for z in -1...1 {
        for y in -1...1 {
          for x in -1...1 {
            let there = here &+ SIMD3(x, y, z)
            guard isInside(there), there.x.magnitude.max(there.y.magnitude, there.z.magnitude) <= reach else {
              continue
            }
            let value = fine.correlation(voxels, there)
            if value > likeness { (likeness, offset) = (value, there) }
          }
        }
      }
      if offset == here { break climb }
    }
    let place = VoxelPoint(
      x: Double(xs.lowerBound + half + offset.x), y: Double(ys.lowerBound + half + offset.y),
      z: Double(zs.lowerBound + half + offset.z))
    return (place, likeness)
  }

  /// How well the density about the voxel nearest to `place` agrees.
  func correlation(about place: VoxelPoint, in tomogram: Tomogram) -> Double {
    precondition(reach == 0)
    return best(near: place, in: tomogram).likeness
  }
}

extension UInt {
  fileprivate func max(_ others: UInt...) -> UInt { others.reduce(self) { Swift.max($0, $1) } }
}

/// Voxels of a ball, on a lattice, with what the profile expects of each.
private struct Taps {
  /// Voxels along the side of the box that is searched.
  let side: Int
  private let offsets: [Int]
  /// The expected densities, their mean 0 and their length 1.
  private let expected: [Float]

  init(_ profile: RadialProfile, most: Int, side: Int) {
    self.side = side
    let radius = Int(profile.radius.rounded(.up))
    var step = 1
    while 4.2 * Double(radius * radius * radius) / Double(step * step * step) > Double(most) { step += 1 }
    var offsets: [Int] = []
    var densities: [Double] = []
    let reach = radius / step * step
    for z in stride(from: -reach, through: reach, by: step) {
      for y in stride(from: -reach, through: reach, by: step) {
        for x in stride(from: -reach, through: reach, by: step) {
          let distance = Double(z * z + y * y + x * x).squareRoot()
          guard distance < profile.radius else { continue }
          offsets.append((z * side + y) * side + x)
          densities.append(profile.density(at: distance))
        }
      }
    }
    let mean = densities.reduce(0, +) / Double(densities.count)
    let length = densities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
    self.offsets = offsets
    expected = densities.map { Float(length > 0 ? ($0 - mean) / length : 0) }
  }

  /// Pearson's correlation with the voxels `[side, side, side]` about the middle moved by `offset`; 0 where they are
  /// all alike.
  func correlation(_ voxels: [Float], _ offset: SIMD3<Int>) -> Double {
    let middle = side / 2
    let base = ((middle + offset.z) * side + middle + offset.y) * side + middle + offset.x
    return voxels.withUnsafeBufferPointer { voxels in
      var (product, sum, squares) = (Float(0), Float(0), Float(0))
      let shift = voxels[base]
      for tap in offsets.indices {
        let value = voxels[base + offsets[tap]] - shift
        product += value * expected[tap]
        sum += value
        squares += value * value
      }
      let spread = Double(squares) - Double(sum) * Double(sum) / Double(offsets.count)
      return spread > 1e-12 ? Double(product) / spread.squareRoot() : 0
    }
  }
}
