import Cryo
import NN
import Runs
import Synchronization
import Volumes

/// Records what a run of the pipeline computes on the way, for `segment --trace`. `docs/tracing.md` lists the names.
final class SegmentTrace: Sendable {
  /// Elements above which a tensor is sampled.
  private let limit: Int
  private let answers = Mutex<[TracedTensor]>([])

  init(limit: Int) { self.limit = limit }

  /// Keeps an answer of SAM's. There are thousands of them, so each logit tensor gets a share of the limit.
  @Sendable func record(_ stage: Stage, _ step: SegmentationStep) {
    let share = stage == .prompted ? 16 : 256
    let name = "\(Self.prefix(stage)).\(step.point).\(step.axis.name).\(step.slice)"
    let prediction = step.prediction
    let limit = limit == .max ? .max : max(1, limit / share)
    let points = step.prompt.points.flatMap { [Float($0.x), Float($0.y)] }
    let tensors = [
      ("point", Tensor([points.count / 2, 2], points)),
      ("iou_predictions", Tensor([prediction.predictedIoU.count], prediction.predictedIoU)),
      ("low_res_logits", prediction.lowResolutionLogits),
      ("chosen", Tensor([1], [Float(step.chosen ?? -1)])),
    ]
    answers.withLock { answers in
      answers += tensors.map { TracedTensor("\(name).\($0)", $1, limit: limit) }
    }
  }

  private static func prefix(_ stage: Stage) -> String { stage == .prompted ? "prompted" : "proposed" }

  /// Writes `trace.safetensors`.
  ///
  /// - Throws: `Failure` if features cannot be read or the file not be written.
  func write(
    of found: Pipeline.Result, by pipeline: Pipeline, at points: [VoxelPoint], to folder: RunFolder
  ) throws {
    let traced = try tensors(of: found, by: pipeline, at: points)
    try SafetensorsFile.write(
      traced.map { ($0.name, $0.tensor) }, metadata: SafetensorsFile.samplingMetadata(traced),
      to: folder.file("trace.safetensors"))
  }

  /// Everything, in the order of the pipeline: features of the slices through `points`, the answers for the prompted
  /// particles, query, similarities, proposals, the answers for them, instances.
  ///
  /// - Throws: `Failure` if features cannot be read.
  private func tensors(
    of found: Pipeline.Result, by pipeline: Pipeline, at points: [VoxelPoint]
  ) throws -> [TracedTensor] {
    let answers = answers.withLock { $0 }
    func answered(_ stage: String) -> [TracedTensor] { answers.filter { $0.name.hasPrefix("\(stage).") } }
    return try features(pipeline, at: points) + answered("prompted") + particles("prompted", found.prompted)
      + found.queries.enumerated().map { query($0, $1.feature) }
      + similarities(found.matches) + answered("proposed") + particles("proposed", found.proposed)
      + [instances(found.instances)]
  }

  private func query(_ number: Int, _ query: QueryFeature) -> TracedTensor {
    whole(number == 0 ? "query" : "query.\(number)", Tensor([3, query.channels], query.views.flatMap { $0 }))
  }

  private func whole(_ name: String, _ tensor: Tensor) -> TracedTensor {
    TracedTensor(name, tensor, limit: .max)
  }

  private func features(_ pipeline: Pipeline, at points: [VoxelPoint]) throws -> [TracedTensor] {
    try [Axis.z, .y, .x].flatMap { axis in
      try Set(points.map { pipeline.slices.nearestSlice(to: $0, axis) }).sorted().map { index in
        let grid = try pipeline.features.grid(axis, index)
        return TracedTensor("features.\(axis.name).\(index)", grid.vectors, limit: limit)
      }
    }
  }

  /// Of each point's mask: voxels and mean predicted IoU, `[N, 2]`.
  private func particles(_ stage: String, _ particles: [ParticleMask]) -> [TracedTensor] {
    let rows = particles.flatMap { [Float($0.voxels.count), Float($0.predictedIoU)] }
    return [whole("\(stage).particles", Tensor([particles.count, 2], rows))]
  }

  /// Of each level the similarities, then the proposals: z, y, x and similarity, `[K, 4]`.
  private func similarities(_ matches: FeatureMatching.Result) -> [TracedTensor] {
    let levels = zip(matches.levels, matches.coarserMaps + [matches.map])
    let proposals = matches.proposals.flatMap { [Float($0.z), Float($0.y), Float($0.x), $0.similarity] }
    return levels.map { level, map in
      let shape = map.grid.shape
      let tensor = Tensor([shape.depth, shape.height, shape.width], map.values)
      return TracedTensor("similarity.\(level.ratio)", tensor, limit: limit)
    } + [whole("proposals", Tensor([matches.proposals.count, 4], proposals))]
  }

  /// Of each instance: centroid z, y, x, voxels, similarity, predicted IoU, `[N, 6]`.
  private func instances(_ map: InstanceMap) -> TracedTensor {
    let rows = map.instances.flatMap { instance in
      let centre = instance.centroid
      return [centre.z, centre.y, centre.x, Double(instance.voxels), Double(instance.similarity ?? 0)]
        .map { Float($0) } + [Float(instance.predictedIoU)]
    }
    return whole("instances", Tensor([map.instances.count, 6], rows))
  }
}
