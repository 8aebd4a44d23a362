import Files
import Points
import Volumes

/// The true particles of one tomogram.
struct StudyTruth: Sendable {
  /// In voxels, also those outside of the tomogram: nothing can find them, but they are particles.
  let points: [VoxelPoint]
  /// What was done to the coordinates of the table.
  let notes: [String]
  /// Those inside, in the same order: they can be prompts.
  let inside: [VoxelPoint]
  /// In voxels or Angstroms, and the voxel size in these units.
  let radius: Double
  let scale: SIMD3<Double>
  /// The true instances and the labels in them that count; nil: all.
  let instances: (volume: Tomogram, labels: Set<Int>?, sha256: String)?

  /// - Throws: `Failure` if a file cannot be read, or there is no particle on this tomogram.
  init(_ subject: StudyConfiguration.Subject, _ tomogram: Tomogram) throws {
    let geometry = tomogram.geometry
    let whole = try PointTable(subject.truth)
    let table = try subject.truthClass.map { try whole.ofClass($0) } ?? whole
    let (entries, places) = try table.voxels(on: subject.path, geometry)
    points = places.map { subject.coordinates($0, in: tomogram.shape) }
    notes =
      (whole.notes + table.remarks(onName: subject.path) + table.remarks(entries, geometry))
      .map { "\(subject.truth): \($0)" }
    inside = points.filter { geometry.contains(x: $0.x, y: $0.y, z: $0.z) }
    guard !inside.isEmpty else {
      let named = table.micrographs.prefix(3).joined(separator: ", ")
      throw Failure(
        .badData, path: subject.truth,
        points.isEmpty
          ? "has no particle on the tomogram \(subject.path)"
          : "all its \(points.count) particles on \(subject.path) lie outside of it",
        remedy: points.isEmpty && !named.isEmpty
          ? "it names \(named)" : "look at truth_class and truth_coordinates")
    }
    radius = subject.radius.length
    scale = try subject.radius.scale(
      voxelSizeAngstroms: geometry.hasVoxelSize ? geometry.voxelSizeAngstroms : nil)
    instances = try subject.instances.map { path in
      let volume = try Tomogram(path)
      return (
        volume, try whole.labels(ofClass: subject.truthClass, countingRows: false), volume.sha256()
      )
    }
  }

  /// What changes figures: part of a run's key.
  var json: JSON {
    let numbers = points.flatMap { [$0.x, $0.y, $0.z] }
    let digest = numbers.withUnsafeBytes { SHA256.hexDigest(of: $0) }
    let labels = instances?.labels.map { labels in JSON.array(labels.sorted().map { .integer($0) }) }
    return [
      "points_sha256": .string(digest), "radius": .number(radius),
      "scale": [.number(scale.x), .number(scale.y), .number(scale.z)],
      "instances_sha256": instances.map { .string($0.sha256) } ?? .null, "labels": labels ?? .null,
    ]
  }

  /// The prompts of `run`.
  func prompts(_ run: StudyRun, seed: Int, tomogram: String) -> [VoxelPoint] {
    var order = PromptOrder(seed: seed, set: run.set, tomogram: tomogram)
    let count = min(inside.count, run.annotation.count(of: points.count))
    return order.shuffled(inside.count).prefix(count).map { inside[$0] }
  }

  /// The picks of another program on `tomogram` against these particles.
  func figures(
    _ picks: StudyConfiguration.OtherPicks, _ number: Int, _ tomogram: Tomogram, named name: String
  ) throws -> Figures {
    let table = try PointTable(picks.table(number))
    let (entries, points) = try table.voxels(on: name, tomogram.geometry)
    let kept = entries.indices.filter { index in
      picks.leastScore.map { entries[index].score ?? -.infinity >= $0 } ?? true
    }
    let scores = kept.compactMap { entries[$0].score }
    var figures = Figures()
    figures.add(kept.map { points[$0] }, scores: scores.count == kept.count ? scores : nil, self)
    return figures
  }
}
