import Files
import Parallel
import Runs
import Volumes

extension RunRecord {
  /// What was pointed at: the points of what is looked for, their classes if they have any, and those of other things.
  public mutating func add(kinds: [PromptedKind]) {
    let (wanted, others) = (kinds.filter(\.kind.isWanted), kinds.filter { !$0.kind.isWanted })
    add(points: wanted.flatMap(\.points))
    if wanted.contains(where: { $0.kind.name != nil }) {
      let names = wanted.flatMap { kind in kind.points.map { _ in JSON.string(kind.kind.name ?? "") } }
      add("classes", .array(names))
    }
    if !others.isEmpty {
      add(
        "not_points_xyz",
        .array(others.flatMap(\.points).map { [.number($0.x), .number($0.y), .number($0.z)] }))
    }
  }

  /// Counts and work of a whole run.
  public mutating func add(_ result: Pipeline.Result, _ work: Work) {
    add(result.matches.levels)
    if let judgement = result.judgement {
      add("judgement", judgement.json(result.queries.compactMap { $0.exemplar?.json }))
    }
    add(counts: [
      "prompts": result.prompted.count,
      "prompted_particles": result.prompted.filter { !$0.voxels.isEmpty }.count,
      "prompted_voxels": result.prompted.reduce(0) { $0 + $1.voxels.count },
      "proposals": result.matches.proposals.count,
      "instances": result.instances.instances.count,
      "semantic_voxels": result.instances.voxels,
    ])
    add(work)
  }

  /// What each level of matching scored and kept.
  public mutating func add(_ levels: [(ratio: Int, scored: Int, passed: Int)]) {
    let values: [JSON] = levels.map {
      ["ratio": .integer($0.ratio), "scored": .integer($0.scored), "passed": .integer($0.passed)]
    }
    add("levels", .array(values))
  }

  /// The times and the work of the run, which depend on the machine, the threads and what a cache held.
  public mutating func add(_ work: Work) {
    var seconds = JSON.Object()
    for (stage, time) in work.seconds {
      seconds.append(stage.rawValue, .number((time * 1000).rounded() / 1000))
    }
    add(
      "performance",
      [
        "threads": .integer(Parallel.threads), "seconds": .object(seconds),
        "feature_slices_encoded": .integer(work.featureSlices),
        "sam_slices_encoded": .integer(work.prompting.encoded),
        "sam_prompts_decoded": .integer(work.prompting.decoded),
      ])
  }

  /// What one point gave.
  public static func particle(_ point: VoxelPoint, _ particle: ParticleMask, remarks: [String]) -> JSON {
    [
      "point_xyz": [.number(point.x), .number(point.y), .number(point.z)],
      "voxels": .integer(particle.voxels.count), "predicted_iou": .number(particle.predictedIoU),
      "remarks": .array(remarks.map { .string($0) }),
    ]
  }
}

extension JSON {
  /// This record of a run after another cut.
  public func cut(again judgement: Judgement, by cut: Cut, _ instances: InstanceMap) -> JSON {
    guard var record = object else { return self }
    if var parameters = record["parameters"]?.object {
      parameters["cut"] = cut.json
      record["parameters"] = .object(parameters)
    }
    record["judgement"] = judgement.json(record["judgement"]?.array ?? [])
    if var counts = record["counts"]?.object {
      counts["instances"] = .integer(instances.instances.count)
      counts["semantic_voxels"] = .integer(instances.voxels)
      record["counts"] = .object(counts)
    }
    return .object(record)
  }
}
