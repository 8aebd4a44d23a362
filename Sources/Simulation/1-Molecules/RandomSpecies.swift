import Platform

/// Species made up at random: clusters, rings and barrels, hollow shells, rods, arms, cups.
public enum RandomSpecies: Int, Sendable, CaseIterable {
  case cluster
  case rings
  case shell
  case helix
  case arms
  case chain
  case cup

  /// Each kind as often as it is drawn: filled forms more often than hollow ones.
  private static let frequencies: [RandomSpecies] = [
    .cluster, .cluster, .cluster, .cluster, .rings, .rings, .rings, .shell, .helix, .arms, .arms, .chain,
    .chain, .cup,
  ]

  /// Usual diameters in Angstroms.
  public static let usualSizes = 80.0...350.0

  /// None is lighter, in megadaltons.
  package static let leastMass = 0.15

  /// Species `index` of `seed`, with a diameter in `sizes` (Angstroms): the same for every use of the three.
  public static func species(
    seed: UInt64, index: Int, sizes: ClosedRange<Double> = usualSizes
  ) -> Species {
    var attempt = 0
    while true {
      var random = RandomStream(seed, .randomSpecies, index, attempt)
      let species = made("random-\(seed)-\(index + 1)", sizes, &random)
      // Thin forms that came out too light to be seen are drawn anew.
      if species.megadaltons >= leastMass || attempt == 50 { return species }
      attempt += 1
    }
  }

  private static func made(
    _ name: String, _ sizes: ClosedRange<Double>, _ random: inout RandomStream
  ) -> Species {
    let kind = frequencies[random.below(frequencies.count)]
    // Small ones are a little more frequent, as among real complexes.
    let size = sizes.lowerBound + (sizes.upperBound - sizes.lowerBound) * pow(random.uniform(), 1.3)
    var shape = kind.shape(size: size, &random)
    shape.texture = random.uniform(0.25, 0.8)
    let density = random.uniform(0.8, 1.35)
    for index in shape.unit.indices { shape.unit[index].density *= density }
    return Species(
      name, blobs: shape.blobs(&random), sigmaAngstroms: MoleculeShape.sigma,
      description: "\(kind), \(shape.copies.count) copies of \(shape.unit.count) lobes, \(Int(size)) A")
  }

  /// A shape whose largest extent is `size` Angstroms, about.
  private func shape(size: Double, _ random: inout RandomStream) -> MoleculeShape {
    switch self {
    case .cluster: Self.cluster(size, &random)
    case .rings: Self.rings(size, &random)
    case .shell: Self.shell(size, &random)
    case .helix: Self.helix(size, &random)
    case .arms: Self.arms(size, &random)
    case .chain: Self.chain(size, &random)
    case .cup: Self.cup(size, &random)
    }
  }

  private static func lobe(_ centre: SIMD3<Double>, _ radius: Double, _ random: inout RandomStream) -> Lobe {
    let radii = SIMD3(random.uniform(0.7, 1.3), random.uniform(0.7, 1.3), random.uniform(0.7, 1.3)) * radius
    return Lobe(
      centre.x, centre.y, centre.z, radii: radii, axes: random.rotation(),
      density: random.uniform(0.85, 1.15))
  }

  /// Two to seven lobes that touch, within an ellipsoid of aspect 1 to 3; sometimes with a cleft.
  private static func cluster(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let count = 2 + random.below(6)
    let aspect = random.uniform(1, 2.6)
    var lobes = [lobe(.zero, random.uniform(0.7, 1.2), &random)]
    for _ in 1..<count {
      let base = lobes[random.below(lobes.count)]
      let radius = random.uniform(0.4, 1.0)
      let step = random.direction() * ((base.radii.sum() / 3 + radius) * random.uniform(0.6, 0.95))
      lobes.append(lobe(base.centre + step * SIMD3(1, 1, aspect), radius, &random))
    }
    var shape = MoleculeShape(lobes)
    let reach = shape.reach
    if random.uniform() < 0.5 {
      let place = lobes[0].centre + random.direction() * 0.5
      shape.voids = [
        Lobe(
          place.x, place.y, place.z, radii: SIMD3(reach * 0.7, reach * 0.4, 0.16), axes: random.rotation())
      ]
    }
    return fitted(shape, size)
  }

  /// One to four rings of three to twelve subunits, with a channel or filled.
  private static func rings(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let fold = 3 + random.below(10)
    let radius = random.uniform(0.8, 1.6)
    let width = radius * sin(Double.pi / Double(fold)) * random.uniform(0.95, 1.25)
    let twofold = random.uniform() < 0.6
    let layers = 1 + random.below(twofold ? 2 : 3)
    let height = random.uniform(0.5, 1.1)
    let taper = random.uniform(0.6, 1.1)
    var lobes: [Lobe] = []
    for layer in 0..<layers {
      let z = (Double(layer) + (twofold ? 0.5 : 0)) * height * 1.8
      let r = radius * (layer == layers - 1 ? taper : 1)
      let depth = random.uniform(0.5, 1) * max(width, 0.35)
      lobes.append(
        Lobe(
          r, random.uniform(-0.3, 0.3) * width, z, radii: SIMD3(depth, width, height),
          density: random.uniform(0.9, 1.1)))
    }
    return fitted(MoleculeShape(lobes, symmetry: twofold ? .dihedral(fold) : .cyclic(fold)), size)
  }

  /// A closed shell of a cubic or icosahedral group.
  private static func shell(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let symmetry: Symmetry = [.tetrahedral, .octahedral, .icosahedral][random.below(3)]
    let order = Double(symmetry.rotations.count)
    let units = 1 + random.below(size > 200 ? 3 : 2)
    let radius = (4 / (order * Double(units))).squareRoot() * random.uniform(0.85, 1.25)
    let thickness = random.uniform(0.14, 0.35)
    let lobes = (0..<units).map { _ in
      let direction = random.direction()
      let centre = direction * random.uniform(0.9, 1.02)
      return Lobe(
        centre.x, centre.y, centre.z, radii: SIMD3(radius, radius * random.uniform(0.7, 1.3), thickness),
        axes: Rotation.bringing(zTo: direction))
    }
    return fitted(MoleculeShape(lobes, symmetry: symmetry), size)
  }

  /// A piece of a helix: one to four strands of subunits.
  private static func helix(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let aspect = random.uniform(1.8, 3.2)
    let offset = random.uniform(0.3, 0.8)
    let turn = random.uniform(25, 180)
    let rise = random.uniform(0.5, 1.2)
    let count = max(3, min(24, Int(2 * aspect / rise)))
    var shape = MoleculeShape([
      lobe(SIMD3(offset, 0, 0), random.uniform(0.55, 0.85), &random),
      lobe(SIMD3(offset * 0.9, 0.4, 0.5), random.uniform(0.3, 0.6), &random),
    ])
    shape.copies = (0..<count).map { index in
      let height = (Double(index) - Double(count - 1) / 2) * rise
      return (Rotation(about: SIMD3(0, 0, 1), degrees: turn * Double(index)), SIMD3(0, 0, height))
    }
    return fitted(shape, size)
  }

  /// Two to five arms from a hub.
  private static func arms(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let count = 2 + random.below(4)
    var lobes = [lobe(.zero, random.uniform(0.2, 0.5), &random)]
    var directions: [SIMD3<Double>] = []
    while directions.count < count {
      let next = random.direction()
      let apart = directions.allSatisfy { ($0 * next).sum() < 0.6 }
      if apart || random.uniform() < 0.05 { directions.append(next) }
    }
    for direction in directions {
      let length = random.uniform(0.7, 1.1)
      let pieces = 1 + random.below(3)
      for piece in 0..<pieces {
        let place = direction * (length * (Double(piece) + 0.8) / Double(pieces))
        lobes.append(lobe(place, max(0.18, random.uniform(0.45, 0.75) * length / Double(pieces)), &random))
      }
    }
    return fitted(MoleculeShape(lobes), size)
  }

  /// Four to twelve globules along a bent line.
  private static func chain(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let count = 4 + random.below(9)
    let stiffness = random.uniform(0, 1.6)
    var direction = random.direction()
    var place = SIMD3<Double>.zero
    var lobes: [Lobe] = []
    for _ in 0..<count {
      let radius = random.uniform(0.35, 0.6)
      lobes.append(lobe(place, radius, &random))
      let bent = direction * stiffness + random.direction()
      direction = bent / max(1e-6, (bent * bent).sum().squareRoot())
      place += direction * (radius * random.uniform(1.2, 1.7))
    }
    return fitted(MoleculeShape(lobes), size)
  }

  /// A hollow ellipsoid, open on one side or with holes.
  private static func cup(_ size: Double, _ random: inout RandomStream) -> MoleculeShape {
    let radii = SIMD3(random.uniform(0.7, 1), random.uniform(0.7, 1), random.uniform(0.6, 1.5))
    let wall = random.uniform(0.3, 0.6)
    let shift = random.uniform(0, 0.5) * radii.z
    var voids = [Lobe(0, 0, shift, radii: radii * (1 - wall))]
    for _ in 0..<random.below(4) {
      let hole = random.direction() * radii
      voids.append(Lobe(hole.x, hole.y, hole.z, radius: random.uniform(0.2, 0.5)))
    }
    var lobes = [Lobe(0, 0, 0, radii: radii)]
    for _ in 0..<random.below(3) {
      lobes.append(lobe(random.direction() * radii, random.uniform(0.2, 0.45), &random))
    }
    return fitted(MoleculeShape(lobes, voids: voids), size)
  }

  /// `shape`, so scaled that its largest extent through the centre is about `size`.
  private static func fitted(_ shape: MoleculeShape, _ size: Double) -> MoleculeShape {
    var (low, high) = (SIMD3<Double>(repeating: .infinity), SIMD3<Double>(repeating: -.infinity))
    for copy in shape.copies {
      for lobe in shape.unit {
        let centre = copy.rotation(lobe.centre) + copy.shift
        for axis in 0..<3 {
          low[axis] = min(low[axis], centre[axis] - lobe.reach)
          high[axis] = max(high[axis], centre[axis] + lobe.reach)
        }
      }
    }
    return shape.scaled(size / max(1e-6, (high - low).max()))
  }
}
