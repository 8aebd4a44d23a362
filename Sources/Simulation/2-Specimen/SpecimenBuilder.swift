import Runs
import Volumes

/// A particle that was placed in the field of view.
public struct PlacedParticle: Sendable {
  /// Its number: in `instances.mrc`, and its row in `particles.star`.
  public internal(set) var instance: Int
  /// The position of its species in the request, from 0.
  public let species: Int
  /// Its centre of mass, in voxels of the tomogram.
  public let centre: VoxelPoint
  public let rotation: Rotation
  /// Voxels of the label volumes that show it.
  public let voxels: Int
}

/// Fills a specimen: membranes first, then gold, the particles of the field of view (large ones first), those around
/// it, and small proteins in what is left.
struct SpecimenBuilder {
  let parameters: PhantomParameters
  let requests: [SpeciesRequest]
  let observer: any RunObserver
  var specimen: Specimen
  var particles: [PlacedParticle] = []
  var membranes = 0
  var beads = 0
  var crowders = 0

  /// Places that are tried for each particle.
  static let tries = 1500
  /// How many particles of `species` are drawn at a time, before their places are known: 32, or what some 400 MB
  /// hold. It does not depend on the number of threads.
  static func batch(of species: Species, voxelSizeAngstroms: Double) -> Int {
    let side = species.extent(voxelSizeAngstroms: voxelSizeAngstroms) + 4
    return max(1, min(32, Int(4e8 / (side * side * side * 20))))
  }

  init(
    _ parameters: PhantomParameters, _ requests: [SpeciesRequest], specimen: Specimen,
    observer: any RunObserver
  ) {
    (self.parameters, self.requests, self.observer) = (parameters, requests, observer)
    self.specimen = specimen
  }

  mutating func build() {
    let largestFirst = requests.indices.sorted {
      (requests[$0].species.radiusAngstroms, -$0) > (requests[$1].species.radiusAngstroms, -$1)
    }
    let around = areaRatio - 1
    let outer = requests.map { Int((Double($0.count) * around).rounded()) }
    let small = Self.smallProteins
    let crowding = small.map { crowderCount($0, of: small.count) }
    let total = requests.reduce(0) { $0 + $1.count } + (outer + crowding).reduce(0, +)
    let stage = observer.begin("specimen", total: total, unit: "particles")
    addMembranes()
    addGold()
    for index in largestFirst { placeParticles(index, requests[index].count, outside: false, stage) }
    for index in largestFirst { placeParticles(index, outer[index], outside: true, stage) }
    addFilm(small)
    for (index, species) in small.enumerated() { placeCrowders(species, index, crowding[index], stage) }
    numberParticles()
    stage.finish()
  }

  /// The specimen's area over that of the field of view.
  var areaRatio: Double {
    Double(specimen.width * specimen.height) / Double(specimen.field.width * specimen.field.height)
  }

  var voxel: Double { parameters.voxelSizeAngstroms }
}
