import NN
import Parallel
import Platform

/// A lipid bilayer: a bent vesicle, or a sheet through the ice.
struct Membrane: Sendable {
  enum Form: Sendable {
    /// An ellipsoid of half axes in voxels, with bulges.
    case vesicle(radii: SIMD3<Double>)
    /// An undulating plane; `normal` is its direction.
    case sheet(normal: SIMD3<Double>)
  }

  let form: Form
  /// x, y, z in voxels of the specimen.
  let centre: SIMD3<Double>
  private let axes: Rotation
  private let bulges: [(vector: SIMD3<Double>, phase: Double, height: Double)]
  /// Half of the distance of the leaflets' middles, in Angstroms.
  private let halfDistance: Double

  /// A membrane about `centre` at random.
  init(centre: SIMD3<Double>, voxelSizeAngstroms: Double, _ random: inout RandomStream) {
    self.centre = centre
    axes = random.rotation()
    halfDistance = random.uniform(16.5, 20)
    if random.uniform() < 0.7 {
      let radius = random.uniform(160, 420) / voxelSizeAngstroms
      form = .vesicle(
        radii: SIMD3(random.uniform(0.75, 1.25), random.uniform(0.75, 1.25), random.uniform(0.75, 1.25))
          * radius)
      bulges = (0..<3).map { _ in
        (random.direction() * random.uniform(1.5, 3), random.uniform(0, 6.28), radius * 0.06)
      }
    } else {
      // Steep enough to cross the ice: a membrane that lies in it is mostly lost in the missing wedge.
      var normal = random.direction()
      normal.z *= 0.6
      form = .sheet(normal: normal / (normal * normal).sum().squareRoot())
      bulges = (0..<3).map { _ in
        let wavelength = random.uniform(500, 1500) / voxelSizeAngstroms
        return (
          random.direction() * (2 * Double.pi / wavelength), random.uniform(0, 6.28),
          random.uniform(10, 40) / voxelSizeAngstroms
        )
      }
    }
  }

  /// How far `place` (x, y, z) is from the bilayer's middle, in voxels; its sign is that of the side.
  func distance(_ place: SIMD3<Double>) -> Double {
    let offset = place - centre
    switch form {
    case .vesicle(let radii):
      let local = axes.inverse(offset) / radii
      let level = (local * local).sum().squareRoot()
      guard level > 0.2 else { return -radii.min() }
      let gradient = local / radii / level
      let bulge = bulges.reduce(0.0) { sum, wave in
        sum + wave.height * sin((wave.vector * local / level).sum() + wave.phase)
      }
      return (level - 1) / (gradient * gradient).sum().squareRoot() - bulge
    case .sheet(let normal):
      let bulge = bulges.reduce(0.0) { $0 + $1.height * sin(($1.vector * offset).sum() + $1.phase) }
      return (offset * normal).sum() - bulge
    }
  }

  /// Density at `angstroms` from the middle: two leaflets of head groups, lighter tails between.
  func profile(_ angstroms: Double, voxelSizeAngstroms: Double) -> Double {
    func layer(_ distance: Double, _ sigma: Double, _ height: Double) -> Double {
      let width = (sigma * sigma + 0.3 * voxelSizeAngstroms * voxelSizeAngstroms).squareRoot()
      return height * sigma / width * exp(-0.5 * distance * distance / (width * width))
    }
    return layer(angstroms - halfDistance, 6.5, 1.15) + layer(angstroms + halfDistance, 6.5, 1.15)
      + layer(angstroms, 8, -0.12)
  }

  /// Half of the thickness that nothing else may enter, in Angstroms.
  var halfThickness: Double { halfDistance + 12 }

  /// Draws it in the ice of `specimen`, which keeps other things out of it.
  ///
  /// - Returns: the voxels of the field of view that show it.
  func draw(in specimen: inout Specimen) -> Int {
    let voxel = specimen.field.voxelSizeAngstroms
    let (width, height) = (specimen.width, specimen.height)
    let slab = specimen.field.iceMargin..<specimen.depth - specimen.field.iceMargin
    let limit = 45 / voxel
    let box = bounds(specimen, limit)
    guard !box.x.isEmpty, !box.y.isEmpty else { return 0 }
    let shape = self
    // Values of one z-section each; they are entered afterwards.
    let sections = Parallel.map(slab.count) { section in
      var found: [(place: Int32, density: Float, near: Bool)] = []
      let z = slab.lowerBound + section
      for x in box.x {
        var y = box.y.lowerBound
        while y < box.y.upperBound {
          let distance = shape.distance(SIMD3(Double(x), Double(y), Double(z)))
          if abs(distance) <= limit {
            let value = shape.profile(distance * voxel, voxelSizeAngstroms: voxel)
            found.append((Int32(x * height + y), Float(value), abs(distance) * voxel <= shape.halfThickness))
            y += 1
          } else {
            // The distance changes by little more than one voxel a voxel.
            y += max(1, Int((abs(distance) - limit) / 3))
          }
        }
      }
      return found
    }
    var shown = 0
    for (section, found) in sections.enumerated() {
      let z = slab.lowerBound + section
      for entry in found {
        let (x, y) = (Int(entry.place) / height, Int(entry.place) % height)
        specimen.density[(z * width + x) * height + y] += entry.density
        let isShown = entry.density > ParticlePatch.bodyLevel
        if entry.near { specimen.occupy(z, x, y, code: isShown ? ClassCode.membrane : nil) }
        if isShown, specimen.fieldIndex(z, x, y) != nil { shown += 1 }
      }
    }
    return shown
  }

  private func bounds(_ specimen: Specimen, _ limit: Double) -> (x: Range<Int>, y: Range<Int>) {
    let whole = (0..<specimen.width, 0..<specimen.height)
    guard case .vesicle(let radii) = form else { return whole }
    let reach = radii.max() * 1.25 + limit
    func range(_ middle: Double, _ all: Range<Int>) -> Range<Int> {
      (Int((middle - reach).rounded(.down))..<Int((middle + reach).rounded(.up)) + 1).clamped(to: all)
    }
    return (range(centre.x, whole.0), range(centre.y, whole.1))
  }
}

/// Codes of `species.mrc`: species count from 1 in their order.
public enum ClassCode {
  public static let crowder: UInt8 = 99
  public static let membrane: UInt8 = 100
  public static let gold: UInt8 = 101
  /// The largest number of a species.
  public static let mostSpecies = 98
}
