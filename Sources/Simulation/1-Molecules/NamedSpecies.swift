import Platform

/// The built-in species: drawn after well-known complexes in size, symmetry and hollows; not their structures.
public enum NamedSpecies: String, Sendable, CaseIterable {
  case ribosome
  case proteasome
  case tric
  case apoferritin
  case globule
  case antibody
  case filament
  case capsid

  /// How many of it a field of 160 x 160 x 64 voxels of 10 Angstroms has by default.
  public var usualCount: Int {
    switch self {
    case .ribosome: 12
    case .proteasome: 14
    case .tric: 10
    case .apoferritin: 12
    case .globule: 20
    case .antibody: 12
    case .filament: 6
    case .capsid: 1
    }
  }

  public var description: String {
    switch self {
    case .ribosome: "two unequal lobes with a cleft and stalks, 25 nm, dense"
    case .proteasome: "barrel of four rings of seven, 11 x 15 nm, a channel through it"
    case .tric: "hollow ball of two rings of eight, 16 nm"
    case .apoferritin: "hollow shell of 24, 12 nm"
    case .globule: "compact, 8 nm"
    case .antibody: "Y of three arms, 16 nm"
    case .filament: "rod, a piece of a two-stranded helix, 9 x 31 nm"
    case .capsid: "hollow icosahedral shell of 180, 40 nm"
    }
  }

  /// The species. It is the same in every simulation.
  public var species: Species {
    var random = RandomStream(2024, .species, Self.allCases.firstIndex(of: self) ?? 0)
    return Species(
      rawValue, blobs: shape.blobs(&random), sigmaAngstroms: MoleculeShape.sigma, description: description)
  }

  var shape: MoleculeShape {
    switch self {
    case .ribosome: Self.ribosomeShape
    case .proteasome: Self.proteasomeShape
    case .tric: Self.tricShape
    case .apoferritin:
      MoleculeShape(
        [Lobe(from: SIMD3(38, 8, 42), to: SIMD3(2, 28, 50), thickness: 29, density: 1.1)],
        voids: [Lobe(0, 0, 0, radius: 39)], symmetry: .octahedral, texture: 0.4)
    case .globule:
      MoleculeShape([
        Lobe(-14, 2, 0, radii: SIMD3(28, 32, 29)), Lobe(18, -6, 4, radii: SIMD3(24, 27, 33)),
        Lobe(4, 20, -12, radius: 20),
      ])
    case .antibody: Self.antibodyShape
    case .filament: Self.filamentShape
    case .capsid: Self.capsidShape
    }
  }

  private static var ribosomeShape: MoleculeShape {
    func rod(_ a: SIMD3<Double>, _ b: SIMD3<Double>, _ thickness: Double) -> Lobe {
      Lobe(from: a, to: b, thickness: thickness, density: 1.15)
    }
    let large = [
      Lobe(0, 0, -36, radii: SIMD3(96, 82, 60), density: 1.25),
      Lobe(0, 70, -8, radii: SIMD3(30, 34, 30), density: 1.15),
      rod(SIMD3(-76, 20, -14), SIMD3(-134, 48, 6), 36), rod(SIMD3(74, 26, -10), SIMD3(130, 34, 2), 28),
    ]
    let small = [
      Lobe(8, -28, 58, radii: SIMD3(62, 62, 32), density: 1.25),
      Lobe(-6, 56, 62, radii: SIMD3(44, 36, 32), density: 1.2),
      Lobe(-52, -2, 50, radii: SIMD3(30, 36, 22), density: 1.15), rod(SIMD3(0, 6, 58), SIMD3(0, 40, 60), 40),
    ]
    let clefts = [
      Lobe(0, 10, 22, radii: SIMD3(80, 60, 9)), Lobe(30, 18, 66, radii: SIMD3(20, 12, 40)),
      Lobe(0, -10, -60, radii: SIMD3(9, 9, 70)),
    ]
    return MoleculeShape(large + small, voids: clefts, texture: 0.7)
  }

  private static var proteasomeShape: MoleculeShape {
    MoleculeShape(
      [
        Lobe(40, 0, 18, radii: SIMD3(18, 19, 20), density: 1.1),
        Lobe(36, 6, 56, radii: SIMD3(21, 17, 19), density: 1.1),
      ],
      voids: [Lobe(0, 0, 0, radii: SIMD3(25, 25, 30)), Lobe(0, 0, 56, radii: SIMD3(14, 14, 26))],
      symmetry: .dihedral(7), texture: 0.35)
  }

  private static var tricShape: MoleculeShape {
    MoleculeShape(
      [
        Lobe(54, 0, 18, radii: SIMD3(25, 21, 19)), Lobe(62, 8, 42, radii: SIMD3(17, 15, 16)),
        Lobe(42, 4, 62, radii: SIMD3(25, 17, 14)), Lobe(22, 0, 73, radii: SIMD3(14, 9, 8)),
      ],
      voids: [Lobe(0, 0, 38, radii: SIMD3(36, 36, 24)), Lobe(0, 0, 0, radii: SIMD3(27, 27, 20))],
      symmetry: .dihedral(8), texture: 0.4)
  }

  private static var antibodyShape: MoleculeShape {
    func arm(_ direction: SIMD3<Double>, _ twist: SIMD3<Double>) -> [Lobe] {
      let (a, b) = (direction * 34, direction * 66)
      return [
        Lobe(a.x, a.y, a.z, radii: SIMD3(21, 17, 19)),
        Lobe(b.x + twist.x, b.y + twist.y, b.z + twist.z, radii: SIMD3(20, 18, 23)),
      ]
    }
    return MoleculeShape(
      arm(SIMD3(0.84, 0.54, 0), SIMD3(0, 4, 6)) + arm(SIMD3(-0.84, 0.5, 0.2), SIMD3(0, 3, -6))
        + arm(SIMD3(0.05, -1, 0.1), SIMD3(5, 0, 3)) + [Lobe(0, 0, 0, radius: 15)], texture: 0.35)
  }

  private static var filamentShape: MoleculeShape {
    var shape = MoleculeShape(
      [
        Lobe(20, 6, -8, radii: SIMD3(24, 19, 21), density: 1.1),
        Lobe(27, -12, 12, radii: SIMD3(16, 17, 19), density: 1.1),
      ], texture: 0.4)
    shape.copies = (0..<10).map { index in
      let turn = Rotation(about: SIMD3(0, 0, 1), degrees: -166.7 * Double(index))
      return (turn, SIMD3(0, 0, 27.3 * Double(index)))
    }
    return shape
  }

  private static var capsidShape: MoleculeShape {
    // Three positions in the icosahedron's asymmetric unit, whose corners are a fivefold axis, a threefold one
    // and a twofold one.
    let golden = (1 + 5.0.squareRoot()) / 2
    let five = unit(SIMD3(0, 1, golden))
    let three = unit(SIMD3(1, 1, 1))
    let two = unit(SIMD3(1, golden, golden * golden))
    let lobes = [(0.62, 0.19, 0.19), (0.14, 0.62, 0.24), (0.05, 0.3, 0.65)].map { weights in
      let direction = unit(five * weights.0 + three * weights.1 + two * weights.2)
      let radius = 176 + 14 * weights.0
      let centre = direction * radius
      return Lobe(
        centre.x, centre.y, centre.z, radii: SIMD3(29, 33, 17), axes: Rotation.bringing(zTo: direction),
        density: 1.1)
    }
    return MoleculeShape(lobes, symmetry: .icosahedral, texture: 0.35)
  }

  private static func unit(_ vector: SIMD3<Double>) -> SIMD3<Double> {
    vector / (vector * vector).sum().squareRoot()
  }
}
