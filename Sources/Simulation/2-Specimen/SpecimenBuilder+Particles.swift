import Cryo
import NN
import Parallel

extension SpecimenBuilder {
  /// Places up to `count` of species `index`: in the field of view, or around it.
  mutating func placeParticles(
    _ index: Int, _ count: Int, outside: Bool, _ stage: any StageProgress
  ) {
    let species = requests[index].species
    let batch = Self.batch(of: species, voxelSizeAngstroms: voxel)
    var placed = 0
    for start in stride(from: 0, to: count, by: batch) {
      let before = placed
      let drawn = draw(species, start..<min(count, start + batch)) { number in
        RandomStream(parameters.seed, .particle, index, outside ? 1 : 0, number)
      }
      for var candidate in drawn {
        guard let place = findPlace(for: candidate.patch, &candidate.random, outside: outside) else {
          continue
        }
        placed += 1
        let voxels = specimen.add(
          candidate.patch, z: place.z, x: place.x, y: place.y, instance: outside ? 0 : particles.count + 1,
          code: UInt8(index + 1))
        guard !outside else { continue }
        particles.append(
          PlacedParticle(
            instance: 0, species: index,
            centre: VoxelPoint(
              x: Double(place.x - specimen.marginX) + candidate.offset.x,
              y: Double(place.y - specimen.marginY) + candidate.offset.y,
              z: Double(place.z) + candidate.offset.z), rotation: candidate.rotation, voxels: voxels))
      }
      stage.advance(by: drawn.count)
      if placed == before { break }  // It is full.
    }
    if !outside && placed < count {
      observer.note("there was room for \(placed) of \(count) \(species.name)")
    }
  }

  /// A particle whose place is not known yet.
  struct Drawn: Sendable {
    /// The rest of its stream.
    var random: RandomStream
    let rotation: Rotation
    let offset: SIMD3<Double>
    let patch: ParticlePatch
  }

  /// Draws particles of `species`, each with the random stream of its number.
  func draw(
    _ species: Species, _ numbers: Range<Int>, _ stream: (Int) -> RandomStream
  ) -> [Drawn] {
    let voxel = voxel
    return Parallel.map(numbers.count) { position in
      var random = stream(numbers.lowerBound + position)
      let rotation = random.rotation()
      let offset = SIMD3(random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5))
      return Drawn(
        random: random, rotation: rotation, offset: offset,
        patch: ParticlePatch(species, rotation: rotation, offset: offset, voxelSizeAngstroms: voxel))
    }
  }

  /// A free place for `patch`, as the voxel of the specimen under its middle.
  ///
  /// In the field of view, centres keep a third of the particle's width from the sides, so that at least half of
  /// each is seen.
  private func findPlace(
    for patch: ParticlePatch, _ random: inout RandomStream, outside: Bool
  ) -> (z: Int, x: Int, y: Int)? {
    let field = specimen.field
    let (low, high) = (SIMD3<Int>(truncatingIfNeeded: patch.low), SIMD3<Int>(truncatingIfNeeded: patch.high))
    func range(_ first: Int, _ end: Int) -> Range<Int> { first..<max(first, end) }
    func span(_ margin: Int, _ count: Int, _ whole: Int, _ low: Int, _ high: Int) -> Range<Int> {
      if outside { return range(-low, whole - high) }
      let inset = min((high - low) / 3, (count - 1) / 2)
      return range(margin + inset, margin + count - inset)
    }
    let zs = range(field.iceMargin - low.x, field.depth - field.iceMargin - high.x)
    let xs = span(specimen.marginX, field.width, specimen.width, low.y, high.y)
    let ys = span(specimen.marginY, field.height, specimen.height, low.z, high.z)
    guard !zs.isEmpty, !xs.isEmpty, !ys.isEmpty else { return nil }
    for _ in 0..<Self.tries {
      let z = zs.lowerBound + random.below(zs.count)
      let x = xs.lowerBound + random.below(xs.count)
      let y = ys.lowerBound + random.below(ys.count)
      if specimen.hasRoom(for: patch, z: z, x: x, y: y, outside: outside) { return (z, x, y) }
    }
    return nil
  }

  /// Numbers the particles in the order of the request, then of their placing.
  mutating func numberParticles() {
    let order = particles.indices.sorted { (particles[$0].species, $0) < (particles[$1].species, $1) }
    var numbers = [UInt16](repeating: 0, count: particles.count + 1)
    for (row, index) in order.enumerated() { numbers[index + 1] = UInt16(row + 1) }
    specimen.renumber(numbers)
    particles = order.enumerated().map { row, index in
      var particle = particles[index]
      particle.instance = row + 1
      return particle
    }
  }
}
