import Cryo
import Files
import Platform
import Points
import Runs
import Volumes

/// What runs found, in the specimen's own units: how many, how large, how dense, how near to one another.
public struct RunSummary: Sendable {
  /// One that was found.
  struct Particle: Sendable {
    /// Its label.
    let number: Int
    /// nil where there is but one kind.
    let name: String?
    /// Its middle, in voxels.
    let place: VoxelPoint
    let score: Double?
    let voxels: Int
    /// In nanometres cubed; nil where the voxel size is not known.
    let volume: Double?
    /// Nanometres to the nearest one of its kind; nil if there is none, or the voxel size is not known.
    var neighbour: Double?
  }

  /// What one run found.
  public struct Result: Sendable {
    public let folder: String
    public let tomogram: String
    let geometry: Geometry
    let particles: [Particle]

    public var count: Int { particles.count }
    public var hasVoxelSize: Bool { geometry.hasVoxelSize }
  }

  public let results: [Result]

  public init(_ results: [Result]) { self.results = results }

  public var count: Int { results.reduce(0) { $0 + $1.count } }
}

extension RunSummary.Result {
  /// Reads the folder of a complete run.
  ///
  /// - Parameter record: what `run.json` holds.
  /// - Throws: `Failure` if the labels or the picks are missing or damaged.
  public init(_ folder: String, record: JSON) throws {
    let path = ResultNames.instances(in: folder)
    guard access(path, F_OK) == 0 else {
      throw Failure(
        .noInput, path: folder, "holds no instances",
        remedy: "give the folder of a run of 'cryosam segment' or 'cryosam instance'")
    }
    let labels = try Tomogram(path)
    let entries = try RunReport.picks(in: folder).map { try PointTable($0).entries } ?? []
    let known = Dictionary(
      entries.enumerated().map { number, entry in
        (entry.label ?? number + 1, (name: entry.className, score: entry.score))
      }
    ) { first, _ in first }
    let geometry = labels.geometry
    let size = geometry.voxelSizeAngstroms
    let voxel = geometry.hasVoxelSize ? size.x * size.y * size.z / 1000 : nil
    var particles = LabelMeasures(labels).labels.sorted { $0.key < $1.key }.map { label, measure in
      RunSummary.Particle(
        number: label, name: known[label]?.name, place: measure.middle, score: known[label]?.score,
        voxels: measure.voxels, volume: voxel.map { Double(measure.voxels) * $0 })
    }
    if geometry.hasVoxelSize {
      for name in Set(particles.map(\.name)) {
        let own = particles.indices.filter { particles[$0].name == name }
        let places = own.map { particles[$0].place.position * size / 10 }
        for (index, distance) in zip(own, Self.nearest(places)) { particles[index].neighbour = distance }
      }
    }
    self.init(
      folder: folder,
      tomogram: Path.name(
        RecordedTomogram.name(in: record) ?? record["inputs"]?["tomogram"]?["path"]?.string ?? folder),
      geometry: geometry, particles: particles)
  }

  /// How far each of `places` is from the nearest other one; nil if there is none. They are gone through along x, as far as
  /// one could be nearer.
  package static func nearest(_ places: [SIMD3<Double>]) -> [Double?] {
    let order = places.indices.sorted { (places[$0].x, $0) < (places[$1].x, $1) }
    var nearest = [Double?](repeating: nil, count: places.count)
    for (rank, index) in order.enumerated() {
      var best = Double.infinity
      func look(_ ranks: some Sequence<Int>) {
        for other in ranks {
          let step = places[order[other]] - places[index]
          guard abs(step.x) < best else { return }
          best = min(best, (step * step).sum().squareRoot())
        }
      }
      look(rank + 1..<order.count)
      look((0..<rank).reversed())
      nearest[index] = best.isFinite ? best : nil
    }
    return nearest
  }

  /// In micrometres cubed; nil if the voxel size is not known.
  var volume: Double? {
    guard geometry.hasVoxelSize else { return nil }
    let size = geometry.voxelSizeAngstroms
    return Double(geometry.count) * size.x * size.y * size.z / 1e12
  }

  /// The kinds that were found, by name, and all together where there are several.
  var groups: [(name: String?, particles: [RunSummary.Particle])] {
    let names = Set(particles.compactMap(\.name)).sorted()
    guard !names.isEmpty else { return [(nil, particles)] }
    var groups: [(name: String?, particles: [RunSummary.Particle])] = names.map { name in
      (name, particles.filter { $0.name == name })
    }
    if names.count > 1 { groups.append(("all", particles)) }
    return groups
  }
}

/// How numbers are distributed.
struct Spread {
  let mean: Double
  let deviation: Double
  let median: Double
  let least: Double
  let most: Double

  /// nil if there are none.
  init?(_ values: [Double]) {
    let sorted = values.sorted()
    guard let least = sorted.first, let most = sorted.last else { return nil }
    let count = Double(sorted.count)
    let middle = sorted.reduce(0, +) / count
    mean = middle
    deviation = (sorted.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / max(1, count - 1)).squareRoot()
    let half = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
    (self.least, self.most) = (least, most)
  }
}
