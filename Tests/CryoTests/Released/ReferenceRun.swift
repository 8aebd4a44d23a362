import Cryo
import Files
import NN
import Points
import Runs
import Synchronization
import TestSupport
import Testing
import Volumes

/// A case of Tests/Data/golden/e2e, run with the profile `reference`.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// What differs from the released code's defaults.
  var similarity = 0.5
  var topK = 512
  var pyramid = [16, 8, 4]
  /// Proposals of which a propagation may part from the golden where a logit is within rounding of the threshold.
  var partingProposals = 0

  static let shared = ReferenceCase(name: "shared")
  static let topK = ReferenceCase(name: "shared_topk", similarity: 0.3, topK: 12, pyramid: [16, 8, 8, 4])
  static let ribosome = ReferenceCase(name: "ribosome_small", partingProposals: 3)

  var testDescription: String { name }

  var parameters: PipelineParameters {
    var parameters = PipelineParameters(.reference)
    (parameters.leastSimilarity, parameters.topK, parameters.pyramid) = (similarity, topK, pyramid)
    return parameters
  }

  func golden() throws -> Golden { try Golden("e2e/\(name)") }
}

/// What a run of a case gave. Feature grids and embeddings are kept only where there is a golden.
struct ReferenceRun: Sendable {
  let shape: VolumeShape
  let statistics: VoxelStatistics
  /// Slice D / 2 as the encoder's input, `[3, 518, 518]`.
  let encoderInput: Tensor
  /// `z0`, `z24`, `y32`, `x48`.
  let grids: [String: FeatureGrid]
  /// Mean and mean absolute value of all features, views z, y, x.
  let checksum: [Double]
  /// Slice D / 2, `[g, g, D]`.
  let embedding: Tensor
  let result: Pipeline.Result
  /// By stage, point and in the released code's order.
  let prompted: [[Call]]
  let proposed: [[Call]]

  /// The runs of all cases of the 48 x 96 x 96 volume, with the `semantic.mrc` that the command writes for the first;
  /// made once.
  static let small = Result {
    try TestData.withFolder { folder in
      let path = TestData.path("golden/e2e/volume_shared.mrc")
      let runs = try [ReferenceCase.shared, .topK].map { try ReferenceRun($0, of: path, in: folder) }
      return (shared: runs[0], topK: runs[1], command: try Self.command(.shared, path, in: folder))
    }
  }

  /// The run of the case on the simulated ribosomes, which is in the large reference data; made once.
  static let ribosome = Result {
    try TestData.withFolder { folder in
      let raw = try Tomogram(TestData.shared("data/ribosome-small/ribosome-small_denoised.mrc"))
      let writer = try MRCWriter<Float>("\(folder)/tomo.mrc", geometry: raw.geometry)
      for z in 0..<raw.shape.depth {
        try writer.append(raw.plane(.z, z).values.map { min(max(($0 + 4) / 8, 0), 1) })
      }
      try writer.commit()
      return try ReferenceRun(.ribosome, of: "\(folder)/tomo.mrc", in: folder)
    }
  }

  static func of(_ test: ReferenceCase) throws -> ReferenceRun {
    switch test.name {
    case "shared": try small.get().shared
    case "shared_topk": try small.get().topK
    default: try ribosome.get()
    }
  }

  private init(_ test: ReferenceCase, of path: String, in folder: String) throws {
    let recorder = AnswerKeeper()
    let context = try RunContext(
      path, cache: "\(folder)/cache", parameters: test.parameters, observer: SilentObserver())
    try Self.convertModels(folder)
    let features = try context.features("\(folder)/dino.safetensors").features
    let slices = try context.slices("\(folder)/sam.safetensors").slices
    let pipeline = Pipeline(features: features, slices: slices)
    var run = StagedRun(test.parameters, observer: SilentObserver(), answers: recorder.record)
    let points = try test.golden().integers("prompts_zyx")
    result = try pipeline.segment(
      stride(from: 0, to: points.count, by: 3).map { index in
        VoxelPoint(x: Double(points[index + 2]), y: Double(points[index + 1]), z: Double(points[index]))
      }, by: &run)
    (shape, statistics) = (features.shape, context.tomogram.statistics)
    let places: [(Axis, Int)] = [
      (.z, 0), (.z, shape.depth / 2), (.y, shape.height / 3), (.x, shape.width / 2),
    ]
    var grids: [String: FeatureGrid] = [:]
    for (axis, index) in places { grids["\(axis.name)\(index)"] = try features.grid(axis, index) }
    self.grids = grids
    checksum = try Self.checksum(features)
    encoderInput = EncoderInput(statistics, side: 518)(context.tomogram.plane(.z, shape.depth / 2))
    embedding = try slices.slice(.z, shape.depth / 2).image.embedding
    prompted = Call.sorted(recorder.calls[.prompted], points: result.prompted.count)
    proposed = Call.sorted(recorder.calls[.proposed], points: result.matches.proposals.count)
  }

  private static func convertModels(_ folder: String) throws {
    for (model, name) in [("dino_trained", "dino"), ("sam_trained", "sam")] {
      try GoldenModel.convert("models/\(model)", to: "\(folder)/\(name).safetensors")
    }
  }

  private static func checksum(_ features: SliceFeatures) throws -> [Double] {
    try [Axis.z, .y, .x].flatMap { axis in
      var (sum, absolute, count) = (0.0, 0.0, 0)
      for index in 0..<features.shape[axis] {
        for value in try features.grid(axis, index).vectors.values {
          sum += Double(value)
          absolute += Double(abs(value))
          count += 1
        }
      }
      return [sum / Double(count), absolute / Double(count)]
    }
  }

  /// What `cryosam segment --profile reference` writes, from the cache in `folder`.
  private static func command(_ test: ReferenceCase, _ path: String, in folder: String) throws -> Command {
    let points = try test.golden().integers("prompts_zyx")
    let options = stride(from: 0, to: points.count, by: 3).flatMap { index in
      ["--point", "\(points[index + 2]),\(points[index + 1]),\(points[index])"]
    }
    let run = try ProgramRun(
      "cryosam",
      [
        "segment", path, "--profile", "reference", "--dino", "\(folder)/dino.safetensors", "--sam",
        "\(folder)/sam.safetensors", "--cache", "\(folder)/cache", "-o", "\(folder)/result",
      ] + options)
    guard run.code == 0 else { throw Failure(.internalError, run.error) }
    let semantic = try Tomogram("\(folder)/result/semantic.mrc")
    return Command(
      semantic: (0..<semantic.shape.depth).flatMap { semantic.plane(.z, $0).values.map { $0 != 0 } },
      proposals: try PointTable("\(folder)/result/proposals.star").entries.count,
      record: try JSON(contentsOf: "\(folder)/result/run.json"))
  }

  struct Command: Sendable {
    let semantic: [Bool]
    let proposals: Int
    let record: JSON
  }
}

/// One of SAM's answers, as a row of the goldens' traces.
struct Call: Sendable {
  let point: Int
  let slice: Int
  let isFirst: Bool
  /// x, y, the areas of the three candidates.
  let exact: [Float]
  let scores: [Float]
  /// With the mask on the slice before.
  let overlaps: [Float]
  let chosen: Int
  /// The smallest magnitude among the chosen candidate's logits, as a share of their root mean square. Their signs
  /// prompt the next slice.
  let margin: Double

  init(_ step: SegmentationStep) {
    (point, slice, isFirst) = (step.point, step.slice, step.previous == nil)
    let place = step.prompt.points[0]
    exact = [Float(place.x), Float(place.y)] + step.prediction.masks.map { Float($0.area) }
    scores = step.prediction.predictedIoU
    overlaps = step.prediction.masks.map { mask in
      guard let overlap = step.previous.map(mask.overlap) else { return .nan }
      return Float(overlap.intersection) / Float(overlap.union)
    }
    chosen = step.chosen ?? -1
    let logits = step.chosen.map { step.prediction.lowResolutionLogits[$0].values } ?? [1]
    let square = logits.reduce(0) { $0 + Double($1) * Double($1) } / Double(logits.count)
    margin = Double(logits.reduce(.infinity) { min($0, abs($1)) }) / square.squareRoot()
  }

  /// The calls of each point: its own slice, then downwards, then upwards.
  static func sorted(_ calls: [Call]?, points: Int) -> [[Call]] {
    var byPoint = [[Call]](repeating: [], count: points)
    for call in calls ?? [] { byPoint[call.point].append(call) }
    return byPoint.map { calls in
      let start = calls.first(where: \.isFirst)?.slice ?? 0
      let down = calls.filter { $0.slice < start }.sorted { $0.slice > $1.slice }
      let up = calls.filter { $0.slice > start }.sorted { $0.slice < $1.slice }
      return calls.filter(\.isFirst) + down + up
    }
  }
}

/// Keeps what SAM answered, by stage.
private final class AnswerKeeper: Sendable {
  private let recorded = Mutex<[Stage: [Call]]>([:])
  var calls: [Stage: [Call]] { recorded.withLock { $0 } }

  func record(_ stage: Stage, _ step: SegmentationStep) {
    recorded.withLock { $0[stage, default: []].append(Call(step)) }
  }
}
