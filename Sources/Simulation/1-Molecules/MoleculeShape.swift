import Platform

/// An ellipsoid of matter, or of emptiness.
public struct Lobe: Sendable {
  public var centre: SIMD3<Double>
  /// Half axes in Angstroms.
  public var radii: SIMD3<Double>
  /// Takes the ellipsoid's axes to the molecule's.
  public var axes: Rotation
  /// Relative to solid protein.
  public var density: Double

  public init(
    _ x: Double, _ y: Double, _ z: Double, radii: SIMD3<Double>, axes: Rotation = .identity,
    density: Double = 1
  ) {
    (centre, self.radii, self.axes, self.density) = (SIMD3(x, y, z), radii, axes, density)
  }

  /// A ball.
  public init(_ x: Double, _ y: Double, _ z: Double, radius: Double, density: Double = 1) {
    self.init(x, y, z, radii: SIMD3(repeating: radius), density: density)
  }

  /// An ellipsoid whose long axis goes from `start` to `end`.
  public init(from start: SIMD3<Double>, to end: SIMD3<Double>, thickness: Double, density: Double = 1) {
    let along = end - start
    let length = (along * along).sum().squareRoot()
    let middle = (start + end) / 2
    self.init(
      middle.x, middle.y, middle.z, radii: SIMD3(thickness / 2, thickness / 2, length / 2),
      axes: Rotation.bringing(zTo: along), density: density)
  }

  /// 0 at the centre, 1 on the surface.
  func level(_ point: SIMD3<Double>) -> Double {
    let local = axes.inverse(point - centre) / radii
    return (local * local).sum().squareRoot()
  }

  var reach: Double { radii.max() }

  func scaled(_ factor: Double) -> Lobe {
    var lobe = self
    lobe.centre *= factor
    lobe.radii *= factor
    return lobe
  }

  func moved(_ rotation: Rotation, shift: SIMD3<Double> = .zero) -> Lobe {
    var lobe = self
    lobe.centre = rotation(centre) + shift
    lobe.axes = rotation.after(axes)
    return lobe
  }
}

extension Rotation {
  /// One of the rotations that take z to the direction of `vector`.
  static func bringing(zTo vector: SIMD3<Double>) -> Rotation {
    let unit = vector / max(1e-12, (vector * vector).sum().squareRoot())
    let axis = SIMD3(-unit.y, unit.x, 0)
    let sine = (axis * axis).sum().squareRoot()
    guard sine > 1e-9 else {
      return unit.z > 0 ? .identity : Rotation(about: SIMD3(1, 0, 0), degrees: 180)
    }
    return Rotation(about: axis, degrees: atan2(sine, unit.z) * 180 / Double.pi)
  }
}

/// The form of a molecule: a unit of lobes, with voids cut out, repeated by rotations (and shifts, for helices).
public struct MoleculeShape: Sendable {
  public var unit: [Lobe]
  public var voids: [Lobe] = []
  /// The unit's copies; the first is the unit itself.
  public var copies: [(rotation: Rotation, shift: SIMD3<Double>)]
  /// How much the density varies inside, 0 for a smooth solid.
  public var texture = 0.6

  public init(_ unit: [Lobe], voids: [Lobe] = [], symmetry: Symmetry = .cyclic(1), texture: Double = 0.6) {
    self.unit = unit
    self.voids = voids
    self.texture = texture
    copies = symmetry.rotations.map { ($0, .zero) }
  }

  /// A pseudo-residue for each this many Angstroms.
  static let spacing = 9.0
  static let sigma = 4.5

  /// The largest distance of a lobe's surface from the origin.
  var reach: Double {
    unit.reduce(0) { most, lobe in max(most, (lobe.centre * lobe.centre).sum().squareRoot() + lobe.reach) }
  }

  func scaled(_ factor: Double) -> MoleculeShape {
    var shape = self
    shape.unit = unit.map { $0.scaled(factor) }
    shape.voids = voids.map { $0.scaled(factor) }
    shape.copies = copies.map { ($0.rotation, $0.shift * factor) }
    return shape
  }

  /// Fills the shape with blobs: a jittered lattice of pseudo-residues in the unit, thinned and weighted by a
  /// smooth random field as large as a domain, then copied. Where copies overlap each keeps its own half.
  public func blobs(_ random: inout RandomStream) -> [SIMD4<Float>] {
    let field = TextureField(&random, strength: texture)
    let others = copies.dropFirst().map { copy in unit.map { $0.moved(copy.rotation, shift: copy.shift) } }
    var filled: [(place: SIMD3<Double>, mass: Double)] = []
    var low = SIMD3<Double>(repeating: .infinity)
    var high = -low
    for lobe in unit {
      for axis in 0..<3 {
        low[axis] = min(low[axis], lobe.centre[axis] - lobe.reach)
        high[axis] = max(high[axis], lobe.centre[axis] + lobe.reach)
      }
    }
    let step = Self.spacing
    for z in stride(from: low.z, through: high.z, by: step) {
      for y in stride(from: low.y, through: high.y, by: step) {
        for x in stride(from: low.x, through: high.x, by: step) {
          let jitter = SIMD3(random.uniform(-3, 3), random.uniform(-3, 3), random.uniform(-3, 3))
          let place = SIMD3(x, y, z) + jitter
          guard let (level, density) = Self.nearest(unit, place), level <= 1 else { continue }
          guard voids.allSatisfy({ $0.level(place) > 1 }) else { continue }
          let weight = density * field(place)
          guard weight > 0.3 * density else { continue }
          guard others.allSatisfy({ (Self.nearest($0, place)?.level ?? 2) >= level }) else { continue }
          filled.append((place, weight * step * step * step))
        }
      }
    }
    return copies.flatMap { copy in
      filled.map { blob in
        SIMD4(SIMD3<Float>(copy.rotation(blob.place) + copy.shift), Float(blob.mass))
      }
    }
  }

  /// The level of the lobe that `place` is deepest in, and its density.
  private static func nearest(_ lobes: [Lobe], _ place: SIMD3<Double>) -> (level: Double, density: Double)? {
    var best: (level: Double, density: Double)?
    for lobe in lobes {
      let offset = place - lobe.centre
      guard (offset * offset).sum() <= 1.5 * lobe.reach * lobe.reach else { continue }
      let level = lobe.level(place)
      if level < best?.level ?? .infinity { best = (level, lobe.density) }
    }
    return best
  }
}

/// A smooth random density: some plane waves of wavelengths like those of domains and clefts.
struct TextureField {
  private var waves: [(vector: SIMD3<Double>, phase: Double)] = []
  private let strength: Double

  init(_ random: inout RandomStream, strength: Double) {
    self.strength = strength
    for _ in 0..<8 {
      let vector = random.direction() * (2 * Double.pi / random.uniform(24, 60))
      waves.append((vector, random.uniform(0, 2 * Double.pi)))
    }
  }

  /// 1 on average, above 0.
  func callAsFunction(_ place: SIMD3<Double>) -> Double {
    let sum = waves.reduce(0.0) { $0 + sin(($1.vector * place).sum() + $1.phase) }
    return max(0, 1 + strength * sum / Double(waves.count).squareRoot())
  }
}
