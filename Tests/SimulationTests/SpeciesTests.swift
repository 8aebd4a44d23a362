import Files
import Simulation
import TestSupport
import Testing
import Volumes

@Suite("Species")
struct SpeciesTests {
  /// The centre of mass of the blobs.
  static func centre(_ species: Species) -> SIMD3<Double> {
    var (sum, mass) = (SIMD3<Double>.zero, 0.0)
    for blob in species.blobs {
      sum += SIMD3(Double(blob.x), Double(blob.y), Double(blob.z)) * Double(blob.w)
      mass += Double(blob.w)
    }
    return sum / mass
  }

  @Test("the built-in ones have about the size and the mass of what they are drawn after")
  func named() {
    let expected: [(NamedSpecies, diameter: Double, mass: Double)] = [
      (.ribosome, 280, 2.8), (.proteasome, 170, 0.72), (.tric, 185, 1), (.apoferritin, 135, 0.5),
      (.globule, 95, 0.17), (.antibody, 180, 0.16), (.filament, 320, 0.5), (.capsid, 410, 6.5),
    ]
    #expect(expected.count == NamedSpecies.allCases.count)
    for (kind, diameter, mass) in expected {
      let species = kind.species
      #expect(abs(species.diameterAngstroms / diameter - 1) < 0.1, "\(kind): \(species.diameterAngstroms) A")
      #expect(abs(species.megadaltons / mass - 1) < 0.2, "\(kind): \(species.megadaltons) MDa")
      let centre = Self.centre(species)
      #expect(max(abs(centre.x), abs(centre.y), abs(centre.z)) < 1e-2, "\(kind)")
    }
  }

  @Test("random ones repeat, differ, and keep to their sizes") func random() {
    let species = (0..<40).map { RandomSpecies.species(seed: 11, index: $0) }
    #expect(RandomSpecies.species(seed: 11, index: 3).blobs == species[3].blobs)
    #expect(RandomSpecies.species(seed: 12, index: 3).blobs != species[3].blobs)
    #expect(Set(species.map(\.name)).count == 40)
    for one in species {
      // The size is that of the box; a centre of mass to one side can make the sphere about it wider.
      #expect((60..<560).contains(one.diameterAngstroms), "\(one.name): \(one.diameterAngstroms)")
      #expect(one.megadaltons >= RandomSpecies.leastMass, "\(one.name)")
    }
    let diameters = species.map(\.diameterAngstroms)
    #expect((diameters.min() ?? 0) < 140 && (diameters.max() ?? 0) > 280)
  }

  /// A map of a large and a small ball, off the box's middle, in a file; 5 Angstroms a voxel.
  static func writeMap(_ path: String, voxelSize: Double = 5, sign: Float = 1) throws {
    let geometry = Geometry(
      depth: 32, height: 36, width: 40, voxelSizeAngstroms: SIMD3(repeating: voxelSize))
    var voxels = [Float](repeating: 0, count: geometry.count)
    for z in 0..<32 {
      for y in 0..<36 {
        for x in 0..<40 {
          let first = (x - 14) * (x - 14) + (y - 20) * (y - 20) + (z - 12) * (z - 12)
          let second = (x - 23) * (x - 23) + (y - 20) * (y - 20) + (z - 12) * (z - 12)
          if first <= 49 || second <= 16 { voxels[(z * 36 + y) * 40 + x] = 3 * sign }
        }
      }
    }
    try MRCWriter<Float>.write(voxels, to: path, geometry: geometry)
  }

  @Test("a template is its map, about the centre of mass") func template() throws {
    try TestData.withFolder { folder in
      try Self.writeMap("\(folder)/two balls.map.mrc")
      let species = try TemplateSpecies.species("\(folder)/two balls.map.mrc", voxelSizeAngstroms: 5)
      #expect(species.name == "two_balls")
      let centre = Self.centre(species)
      #expect(max(abs(centre.x), abs(centre.y), abs(centre.z)) < 1e-2)
      // 1419 and 257 voxels, of which 9 are common; density 1.
      let volume = species.volumeCubicAngstroms / 125
      #expect(abs(volume - 1650) < 40, "\(volume) voxels")
      // Averaged over 2 x 2 x 2 voxels for coarser tomograms, the volume stays.
      let coarse = try TemplateSpecies.species("\(folder)/two balls.map.mrc", voxelSizeAngstroms: 20)
      #expect(abs(coarse.volumeCubicAngstroms / species.volumeCubicAngstroms - 1) < 0.05)
      #expect(coarse.blobs.count < species.blobs.count / 4)
    }
  }

  @Test(
    "maps that are no templates are refused", arguments: [(0.0, Float(1), "voxel size"), (5, -1, "above 0")])
  func refused(voxelSize: Double, sign: Float, reason: String) throws {
    try TestData.withFolder { folder in
      try Self.writeMap("\(folder)/map.mrc", voxelSize: voxelSize, sign: sign)
      let failure = #expect(throws: Failure.self) {
        try TemplateSpecies.species("\(folder)/map.mrc", voxelSizeAngstroms: 10)
      }
      #expect(failure?.kind == .badData)
      #expect(failure?.reason.contains(reason) == true)
    }
  }
}
