import Files
import Images
import Platform
import Points
import Runs
import Simulation
import TestSupport
import Testing
import Volumes

@Suite("Phantoms")
struct PhantomTests {
  /// Nothing but particles, without noise.
  static func clean(_ size: SIMD3<Int>, seed: UInt64 = 1) -> PhantomParameters {
    var parameters = PhantomParameters()
    parameters.size = size
    parameters.seed = seed
    (parameters.membranes, parameters.gold, parameters.crowding, parameters.film) = (0, 0, 0, 0)
    parameters.imaging.signalToNoise = .infinity
    return parameters
  }

  /// The centre of mass of `values` where they are above `share` of their maximum.
  static func centre(_ values: [Float], _ size: SIMD3<Int>, above share: Float) -> SIMD3<Double> {
    let limit = share * (values.max() ?? 0)
    var (sum, mass) = (SIMD3<Double>.zero, 0.0)
    for index in values.indices where values[index] > limit {
      let place = SIMD3(index % size.x, index / size.x % size.y, index / size.x / size.y)
      sum += SIMD3<Double>(place) * Double(values[index])
      mass += Double(values[index])
    }
    return sum / mass
  }

  @Test("an isolated particle is reconstructed where the table says", arguments: [1, 2, 3, 4] as [UInt64])
  func centres(seed: UInt64) throws {
    let parameters = Self.clean(SIMD3(64, 72, 48), seed: seed)
    // A ball: the reconstruction of one is symmetric about its centre, so that a threshold keeps the centre.
    let ball = Species("ball", blobs: [SIMD4(0, 0, 0, 4e5)], sigmaAngstroms: 20, description: "")
    let phantom = try Phantom(parameters, [SpeciesRequest(ball, count: 1)], observer: SilentObserver())
    try #require(phantom.particles.count == 1)
    let truth = phantom.particles[0].centre
    // Dense matter is dark.
    let found = Self.centre(phantom.tomogram.map { -$0 }, parameters.size, above: 0.3)
    let errors = [found.x - truth.x, found.y - truth.y, found.z - truth.z]
    for error in errors { #expect(abs(error) < 0.2, "off by \(errors)") }
  }

  @Test("a molecule is drawn about the place that the table gives") func drawn() throws {
    let species = NamedSpecies.ribosome.species
    let reach = species.extent(voxelSizeAngstroms: 10) / 2
    var seen = 0
    for seed in 1...8 as ClosedRange<UInt64> {
      let parameters = Self.clean(SIMD3(64, 64, 48), seed: seed)
      let phantom = try Phantom(
        parameters, [SpeciesRequest(species, count: 1)], observer: SilentObserver())
      let truth = try #require(phantom.particles.first).centre
      // Only of a molecule that is wholly in the field of view is the centre of mass seen.
      guard min(truth.x, truth.y) > reach, max(truth.x, truth.y) < 63 - reach else { continue }
      seen += 1
      let found = Self.centre(phantom.density, parameters.size, above: 0.02)
      for error in [found.x - truth.x, found.y - truth.y, found.z - truth.z] { #expect(abs(error) < 0.06) }
    }
    #expect(seen >= 2)
  }

  @Test("a template off its box's middle is placed by its centre of mass") func template() throws {
    try TestData.withFolder { folder in
      try SpeciesTests.writeMap("\(folder)/map.mrc")
      let species = try TemplateSpecies.species("\(folder)/map.mrc", voxelSizeAngstroms: 10)
      let parameters = Self.clean(SIMD3(48, 48, 40))
      let phantom = try Phantom(
        parameters, [SpeciesRequest(species, count: 1)], observer: SilentObserver())
      let truth = try #require(phantom.particles.first).centre
      let found = Self.centre(phantom.density, parameters.size, above: 0.02)
      for error in [found.x - truth.x, found.y - truth.y, found.z - truth.z] { #expect(abs(error) < 0.1) }
    }
  }

  @Test("nothing is known in the missing wedge") func wedge() throws {
    let parameters = Self.clean(SIMD3(64, 64, 64))
    let phantom = try Phantom(
      parameters, [SpeciesRequest(NamedSpecies.globule.species, count: 40)], observer: SilentObserver())
    // Summed along the tilt axis: the spectrum's plane of y frequency 0. A taper keeps the edges out.
    var (known, unknown) = ((0.0, 0), (0.0, 0))
    for volume in [phantom.tomogram, phantom.density] {
      var plane = [Float](repeating: 0, count: 64 * 64)
      for index in volume.indices { plane[index / 4096 * 64 + index % 64] += volume[index] }
      let mean = plane.reduce(0, +) / 4096
      for index in plane.indices {
        func taper(_ place: Int) -> Float {
          Float(0.5 - 0.5 * cos(2 * Double.pi * (Double(place) + 0.5) / 64))
        }
        plane[index] = (plane[index] - mean) * taper(index / 64) * taper(index % 64)
      }
      let spectrum = ImageSpectrum(plane, rows: 64, columns: 64)
      (known, unknown) = ((0, 0), (0, 0))
      for row in 0..<64 {
        for column in 0..<64 {
          let z = ImageSpectrum.frequency(row, of: 64)
          let x = ImageSpectrum.frequency(column, of: 64)
          guard (0.06...0.3).contains((x * x + z * z).squareRoot()) else { continue }
          let value = spectrum.value(row: row, column: column)
          let power = Double(value.re * value.re + value.im * value.im)
          // The images reach 60 degrees from the x axis.
          let angle = atan2(abs(z), abs(x)) * 180 / Double.pi
          if angle < 50 { known = (known.0 + power, known.1 + 1) }
          if angle > 70 { unknown = (unknown.0 + power, unknown.1 + 1) }
        }
      }
      let ratio = unknown.0 / Double(unknown.1) / (known.0 / Double(known.1))
      if volume == phantom.tomogram {
        #expect(ratio < 0.02, "the tomogram has \(ratio) of the power in the wedge")
      } else {
        #expect(ratio > 0.3, "the specimen has \(ratio) of the power in the wedge")
      }
    }
  }

  /// A crowded phantom.
  static func crowded() throws -> Phantom {
    var parameters = PhantomParameters()
    parameters.size = SIMD3(96, 80, 48)
    parameters.seed = 5
    parameters.membranes = 1
    parameters.gold = 1
    parameters.imaging.tiltStep = 10
    return try Phantom(
      parameters,
      [
        SpeciesRequest(NamedSpecies.apoferritin.species, count: 30),
        SpeciesRequest(NamedSpecies.ribosome.species, count: 4),
        SpeciesRequest(NamedSpecies.globule.species, count: 40),
      ], observer: SilentObserver())
  }

  @Test("labels are the table's rows, of the right species, and nobody overlaps") func labels() throws {
    let phantom = try Self.crowded()
    let size = phantom.parameters.size
    try #require(phantom.particles.count > 40)
    var counts = [Int](repeating: 0, count: phantom.particles.count + 1)
    var sums = [SIMD3<Double>](repeating: .zero, count: counts.count)
    var strangers = 0
    for index in phantom.instances.indices {
      let instance = Int(phantom.instances[index])
      counts[instance] += 1
      sums[instance] += SIMD3<Double>(
        SIMD3(index % size.x, index / size.x % size.y, index / size.x / size.y))
      let code = Int(phantom.classes[index])
      if instance == 0 {
        if (1...3).contains(code) { strangers += 1 }
      } else if code != phantom.particles[instance - 1].species + 1 {
        strangers += 1
      }
    }
    #expect(strangers == 0, "\(strangers) voxels have another class than their particle")
    for (row, particle) in phantom.particles.enumerated() {
      #expect(particle.instance == row + 1)
      #expect(counts[row + 1] == particle.voxels, "row \(row + 1)")
      // A particle that lies wholly in the field of view has every voxel of its own: nobody took any.
      let species = phantom.requests[particle.species].species
      let nearest = SIMD3(
        particle.centre.x.rounded(), particle.centre.y.rounded(), particle.centre.z.rounded())
      let reach = species.extent(voxelSizeAngstroms: 10) / 2
      guard nearest.x > reach, nearest.x < Double(size.x - 1) - reach, nearest.y > reach,
        nearest.y < Double(size.y - 1) - reach
      else { continue }
      let offset = SIMD3(particle.centre.x, particle.centre.y, particle.centre.z) - nearest
      let patch = ParticlePatch(
        species, rotation: particle.rotation, offset: offset, voxelSizeAngstroms: 10)
      #expect(abs(patch.body.count - particle.voxels) <= 2, "row \(row + 1): \(patch.body.count)")
      let middle = sums[row + 1] / Double(max(1, counts[row + 1]))
      let error = middle - SIMD3(particle.centre.x, particle.centre.y, particle.centre.z)
      #expect((error * error).sum().squareRoot() < 1.2, "row \(row + 1): labels are off by \(error)")
    }
    let codes = Set(phantom.classes)
    #expect(codes.isSuperset(of: [1, 2, 3, ClassCode.crowder, ClassCode.membrane, ClassCode.gold]))
  }

  @Test("what is written reads back") func folder() throws {
    let phantom = try Self.crowded()
    try TestData.withFolder { folder in
      let target = "\(folder)/deep/phantom"
      let names = phantom.requests.map(\.species.name)
      let output = try PhantomFolder(target, species: names, force: false, writesDensity: true)
      try output.write(phantom, record: ["seed": 5])
      let tomogram = try Tomogram("\(target)/tomogram.mrc")
      #expect(tomogram.geometry == phantom.geometry)
      #expect(abs(tomogram.statistics.mean) < 1e-5 && abs(tomogram.statistics.standardDeviation - 1) < 1e-4)
      #expect(tomogram[20, 30, 40] == phantom.tomogram[(20 * 80 + 30) * 96 + 40])
      let labels = try Tomogram("\(target)/instances.mrc")
      #expect(labels.storage.hasPrefix("MRC, mode 6"))
      let points = try PointTable("\(target)/particles.star").points(in: tomogram.geometry, named: "any.mrc")
      #expect(points.count == phantom.particles.count)
      let worst = zip(points, phantom.particles).map { $0.distance(to: $1.centre) }.max() ?? 1
      #expect(worst < 1e-3)
      var parts = 0
      for name in names {
        let table = try PointTable("\(target)/particles-\(name).star")
        parts += try table.points(in: tomogram.geometry, named: "any.mrc").count
      }
      #expect(parts == points.count)
      #expect(try PNGFile.read("\(target)/overview.png").width > 2 * 96)
      #expect(throws: Failure.self) {
        try PhantomFolder(target, species: ["other"], force: false, writesDensity: false)
      }
      // A phantom of other species takes the place of the old one when it is complete, not before.
      _ = try PhantomFolder(target, species: ["other"], force: true, writesDensity: false)
      #expect(try !PointTable("\(target)/particles-ribosome.star").entries.isEmpty)
    }
  }

  @Test("a species thicker than the ice is refused") func tooThick() {
    let parameters = Self.clean(SIMD3(96, 96, 40))
    let failure = #expect(throws: Failure.self) {
      try Phantom(
        parameters, [SpeciesRequest(NamedSpecies.capsid.species, count: 1)], observer: SilentObserver())
    }
    #expect(failure?.kind == .usage)
    #expect(failure?.reason.contains("'capsid' needs") == true)
  }

  @Test("a specimen too large for the memory is refused") func tooLarge() {
    let failure = #expect(throws: Failure.self) {
      try Phantom(
        Self.clean(SIMD3(2048, 2048, 512)), [], memoryLimit: 1 << 28, observer: SilentObserver())
    }
    #expect(failure?.reason.contains("GB of memory") == true)
  }

  @Test("the usual mix leaves out what does not fit, at every voxel size", arguments: [2.0, 5, 10, 20])
  func mix(voxel: Double) throws {
    var parameters = PhantomParameters()
    parameters.voxelSizeAngstroms = voxel
    let requests = try SpeciesMix.requests(named: [], parameters)
    #expect(requests.allSatisfy { parameters.field.holds($0.species) })
    if voxel == 10 { #expect(requests.count == NamedSpecies.allCases.count) }
    let twice: [(species: NamedSpecies, count: Int)] = [(.tric, 1), (.tric, 2)]
    #expect(throws: Failure.self) { try SpeciesMix.requests(named: twice, parameters) }
  }
}
