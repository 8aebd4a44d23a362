import Files

/// Which species a phantom has, and how many of each.
public enum SpeciesMix {
  /// The share of the ice that random species fill.
  private static let filling = (low: 0.06, high: 0.14)

  /// `named` with their counts, `templates`, and `random` made-up ones with diameters in `sizes` (Angstroms); the usual
  /// mix if there is none of them.
  ///
  /// - Throws: `Failure` if two have one name, or there are more than the class codes can tell apart.
  public static func requests(
    named: [(species: NamedSpecies, count: Int)], templates: [SpeciesRequest] = [], random: Int = 0,
    sizes: ClosedRange<Double> = RandomSpecies.usualSizes, _ parameters: PhantomParameters
  ) throws -> [SpeciesRequest] {
    if named.isEmpty && templates.isEmpty && random == 0 { return usual(parameters) }
    let number = named.count + templates.count + random
    guard number <= ClassCode.mostSpecies else {
      throw Failure(
        .usage, "\(number) species are too many", remedy: "give at most \(ClassCode.mostSpecies)")
    }
    var names = Set<String>()
    for name in named.map(\.species.rawValue) + templates.map(\.species.name) {
      guard names.insert(name).inserted else {
        throw Failure(.usage, "the species '\(name)' is given twice", remedy: "give it once, with its count")
      }
    }
    return named.map { SpeciesRequest($0.species.species, count: $0.count) } + templates
      + made(random, sizes, parameters)
  }

  /// All built-in species that fit, in their usual numbers for the volume.
  private static func usual(_ parameters: PhantomParameters) -> [SpeciesRequest] {
    let size = parameters.size
    let voxel = parameters.voxelSizeAngstroms
    let volume = Double(size.x) * Double(size.y) * Double(size.z) * voxel * voxel * voxel
    let share = volume / (160 * 160 * 64 * 1000)
    return NamedSpecies.allCases.compactMap { kind in
      let species = kind.species
      guard parameters.field.holds(species) else { return nil }
      return SpeciesRequest(species, count: Int((Double(kind.usualCount) * share).rounded(.up)))
    }
  }

  /// `count` random species, which share a part of the ice by chance.
  private static func made(
    _ count: Int, _ sizes: ClosedRange<Double>, _ parameters: PhantomParameters
  ) -> [SpeciesRequest] {
    guard count > 0 else { return [] }
    var random = RandomStream(parameters.seed, .choice, 3)
    let size = parameters.size
    let voxel = parameters.voxelSizeAngstroms
    let ice = Double(size.z - 2 * parameters.iceMargin)
    let volume = Double(size.x) * Double(size.y) * ice * voxel * voxel * voxel
    let filled = volume * random.uniform(filling.low, filling.high)
    let shares = (0..<count).map { _ in random.uniform(0.4, 1) }
    let total = shares.reduce(0, +)
    return (0..<count).compactMap { index in
      let species = RandomSpecies.species(seed: parameters.seed, index: index, sizes: sizes)
      guard parameters.field.holds(species) else { return nil }
      let number = filled * shares[index] / total / species.volumeCubicAngstroms
      return SpeciesRequest(species, count: max(2, min(60, Int(number.rounded()))))
    }
  }
}
