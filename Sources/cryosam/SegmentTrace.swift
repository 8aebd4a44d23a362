import Cryo
import NN
import Synchronization

/// Records what a run of the pipeline computes on the way, for `segment --trace`. `docs/tracing.md` lists the names.
final class SegmentTrace: RunObserver {
  private let watched: any RunObserver
  /// Elements above which a tensor is sampled.
  private let limit: Int
  private let answers = Mutex<[TracedTensor]>([])

  /// A trace that passes on to `watched` what it is told.
  init(limit: Int, passingOnTo watched: any RunObserver) {
    (self.limit, self.watched) = (limit, watched)
  }

  func note(_ text: String) { watched.note(text) }

  func begin(_ title: String, total: Int, unit: String) -> any StageProgress {
    let stage = watched.begin(title, total: total, unit: unit)
    switch title {
    case Pipeline.promptedTitle: return Answers(trace: self, prefix: "prompted", share: 16, watched: stage)
    case Pipeline.proposedTitle: return Answers(trace: self, prefix: "proposed", share: 256, watched: stage)
    default: return stage
    }
  }

  /// The answers of SAM in one stage. There are thousands of them, so each logit tensor gets a share of the limit.
  private struct Answers: StageProgress {
    let trace: SegmentTrace
    let prefix: String
    let share: Int
    let watched: any StageProgress

    func advance(by steps: Int) { watched.advance(by: steps) }
    func skip(_ steps: Int) { watched.skip(steps) }
    func finish() { watched.finish() }

    func answered(_ step: SegmentationStep) {
      let name = "\(prefix).\(step.point).\(step.axis.name).\(step.slice)"
      let prediction = step.prediction
      let limit = trace.limit == .max ? .max : max(1, trace.limit / share)
      let points = step.prompt.points.flatMap { [Float($0.x), Float($0.y)] }
      let tensors = [
        ("point", Tensor([points.count / 2, 2], points)),
        ("iou_predictions", Tensor([prediction.predictedIoU.count], prediction.predictedIoU)),
        ("low_res_logits", prediction.lowResolutionLogits),
        ("chosen", Tensor([1], [Float(step.chosen ?? -1)])),
      ]
      trace.answers.withLock { answers in
        answers += tensors.map { TracedTensor("\(name).\($0)", $1, limit: limit) }
      }
      watched.answered(step)
    }
  }

  /// Everything, in the order of the pipeline: features of the slices through `points`, the answers for the prompted
  /// particles, query, similarities, proposals, the answers for them, instances.
  ///
  /// - Throws: `Failure` if features cannot be read.
  func tensors(
    of found: Pipeline.Result, by pipeline: Pipeline, at points: [VoxelPoint]
  ) throws -> [TracedTensor] {
    let answers = answers.withLock { $0 }
    func answered(_ stage: String) -> [TracedTensor] { answers.filter { $0.name.hasPrefix("\(stage).") } }
    return try features(pipeline, at: points) + answered("prompted") + particles("prompted", found.prompted)
      + [whole("query", Tensor([3, found.query.channels], found.query.views.flatMap { $0 }))]
      + similarities(found.matches) + answered("proposed") + particles("proposed", found.proposed)
      + [instances(found.instances)]
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
