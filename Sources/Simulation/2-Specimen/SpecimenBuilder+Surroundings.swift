import Runs

extension SpecimenBuilder {
  /// The membranes of the field of view, and vesicles away from it in proportion.
  mutating func addMembranes() {
    var choice = RandomStream(parameters.seed, .choice, 1)
    let count = parameters.membranes ?? choice.below(3)
    let around = Int((Double(count) * (areaRatio - 1)).rounded())
    let field = specimen.field
    for index in 0..<count + around {
      var random = RandomStream(parameters.seed, .membrane, index)
      var centre = SIMD3(
        random.uniform(0, Double(specimen.width)), random.uniform(0, Double(specimen.height)),
        random.uniform(0, Double(specimen.depth)))
      if index < count {
        centre.x = Double(specimen.marginX) + random.uniform(0, Double(field.width))
        centre.y = Double(specimen.marginY) + random.uniform(0, Double(field.height))
      } else if abs(centre.x - Double(specimen.width) / 2) < Double(field.width) {
        continue  // Too near: it would be seen besides those that were asked for.
      }
      let membrane = Membrane(centre: centre, voxelSizeAngstroms: voxel, &random)
      if index >= count, case .sheet = membrane.form { continue }
      if membrane.draw(in: &specimen) > 0 { membranes += 1 }
    }
  }

  /// Beads of 10 nm in the field of view.
  mutating func addGold() {
    var choice = RandomStream(parameters.seed, .choice, 2)
    let radius = 50 / voxel
    let field = specimen.field
    guard Double(field.ice) > 2 * radius else { return }
    for index in 0..<(parameters.gold ?? choice.below(3)) {
      var random = RandomStream(parameters.seed, .gold, index)
      for _ in 0..<Self.tries {
        // Beads lie at one face or the other.
        let depth = Double(field.iceMargin) + radius + random.uniform(0, 4)
        let centre = SIMD3(
          Double(specimen.marginX) + random.uniform(0, Double(field.width - 1)),
          Double(specimen.marginY) + random.uniform(0, Double(field.height - 1)),
          random.uniform() < 0.5 ? depth : Double(field.depth - 1) - depth)
        if addBead(centre, radius: radius) {
          beads += 1
          break
        }
      }
    }
  }

  /// Ten times as dense as protein, and taken by nothing else. False if there is no room.
  private mutating func addBead(_ centre: SIMD3<Double>, radius: Double) -> Bool {
    func range(_ middle: Double, _ count: Int) -> Range<Int> {
      (Int((middle - radius - 1).rounded(.down))..<Int((middle + radius + 2).rounded(.up))).clamped(
        to: 0..<count)
    }
    var found: [(z: Int, x: Int, y: Int, share: Double)] = []
    for z in range(centre.z, specimen.depth) {
      for x in range(centre.x, specimen.width) {
        for y in range(centre.y, specimen.height) {
          let offset = SIMD3(Double(x), Double(y), Double(z)) - centre
          let share = min(1, max(0, radius - (offset * offset).sum().squareRoot() + 0.5))
          guard share > 0 else { continue }
          if specimen.occupied[specimen.index(z, x, y)] { return false }
          found.append((z, x, y, share))
        }
      }
    }
    for entry in found {
      specimen.density[specimen.index(entry.z, entry.x, entry.y)] += Float(10 * entry.share)
      specimen.occupy(entry.z, entry.x, entry.y, code: entry.share > 0.25 ? ClassCode.gold : nil)
    }
    return true
  }
}

extension SpecimenBuilder {
  static let smallBatch = 512

  /// Four globular proteins of some 40 to 120 kDa.
  static let smallProteins: [Species] = (0..<4).map { index in
    var random = RandomStream(2024, .crowder, index)
    let size = [19.0, 23, 26, 29][index]
    let lobes = (0..<2).map { piece in
      let step = random.direction() * (piece == 0 ? 0 : size * 0.7)
      return Lobe(
        step.x, step.y, step.z, radii: SIMD3(1, random.uniform(0.8, 1.2), random.uniform(0.8, 1.2)) * size)
    }
    return Species(
      "protein-\(index + 1)", blobs: MoleculeShape(lobes, texture: 0.3).blobs(&random),
      sigmaAngstroms: MoleculeShape.sigma, description: "small protein")
  }

  /// How many of `species` make up their share of `crowding`.
  func crowderCount(_ species: Species, of kinds: Int) -> Int {
    let volume = Double(specimen.width * specimen.height * specimen.field.ice) * voxel * voxel * voxel
    // mg/ml are 1e-27 g per cubic Angstrom; a dalton is 1.6605e-24 g.
    let daltons = parameters.crowding * 1e-27 / 1.6605e-24 * volume
    return Int(daltons / Double(kinds) / (species.megadaltons * 1e6))
  }

  /// Places up to `count` of the small protein `species`, the `index`th.
  mutating func placeCrowders(
    _ species: Species, _ index: Int, _ count: Int, _ stage: any StageProgress
  ) {
    let batch = Self.smallBatch
    for start in stride(from: 0, to: count, by: batch) {
      let drawn = draw(species, start..<min(count, start + batch)) { number in
        RandomStream(parameters.seed, .crowder, index, number)
      }
      for var candidate in drawn {
        guard let place = findCrowdedPlace(for: candidate.patch, &candidate.random) else { continue }
        specimen.add(
          candidate.patch, z: place.z, x: place.x, y: place.y, instance: 0, code: ClassCode.crowder)
        crowders += 1
      }
      stage.advance(by: drawn.count)
    }
  }

  private func findCrowdedPlace(
    for patch: ParticlePatch, _ random: inout RandomStream
  ) -> (z: Int, x: Int, y: Int)? {
    for _ in 0..<30 {
      let z = specimen.field.iceMargin + random.below(specimen.field.ice)
      let (x, y) = (random.below(specimen.width), random.below(specimen.height))
      if specimen.hasRoom(for: patch, z: z, x: x, y: y, outside: false) { return (z, x, y) }
    }
    return nil
  }

  /// Grains on both faces of the ice, as of protein that came apart there.
  mutating func addFilm(_ grains: [Species]) {
    let area = Double(specimen.width * specimen.height) * voxel * voxel
    let count = Int(parameters.film * 2 * area / (60 * 60))
    let batch = Self.smallBatch
    for start in stride(from: 0, to: count, by: batch) {
      let drawn = draw(grains[start / batch % grains.count], start..<min(count, start + batch)) { number in
        RandomStream(parameters.seed, .film, number)
      }
      for var candidate in drawn {
        let depth = Double(specimen.field.iceMargin) + candidate.random.uniform(-1, 1)
        let z = candidate.random.uniform() < 0.5 ? depth : Double(specimen.depth - 1) - depth
        specimen.add(
          candidate.patch, z: Int(z.rounded()), x: candidate.random.below(specimen.width),
          y: candidate.random.below(specimen.height), instance: 0, code: 0, occupies: false)
      }
    }
  }
}
