import Runs
import Volumes

/// A run in progress: carries out one stage after the other, shows the progress of each, and keeps what it took.
///
/// `Pipeline` calls all five stages; the commands that do a part of the method call the stages they need.
public struct StagedRun: Sendable {
  public let parameters: PipelineParameters
  public let observer: any RunObserver
  /// Told of every answer of SAM's.
  public let answers: AnswerRecorder?
  /// Bytes for matching.
  private let memory: Int
  /// What stage 5 is reckoned by when the proposals are known.
  public var estimate: RunEstimate?
  /// Told of all finds so far after each part of a stage 5 with judgement; what it throws ends the run. Where somebody
  /// waits for them the first parts are small.
  public var found: (@Sendable (Judgement) throws -> Void)?
  public private(set) var work = Work()
  /// Prompts that a prompted particle took, the mean; nil before stage 2.
  private var promptsEach: Double?

  public init(
    _ parameters: PipelineParameters, observer: any RunObserver, memory: Int = RunContext.usualMemory,
    answers: AnswerRecorder? = nil
  ) {
    (self.parameters, self.observer, self.answers) = (parameters, observer, answers)
    self.memory = memory
  }

  /// Stage 1: encodes the slices of `features` that are not stored yet.
  ///
  /// - Throws: `Failure` if a slice cannot be stored.
  public mutating func extract(_ features: SliceFeatures) throws {
    let slices = features.slices()
    work.featureSlices += try stage(.features, steps: slices.count) { progress in
      try features.extract(slices, progress: progress)
    }
  }

  /// Stage 2: the particles at `points`, in their order.
  ///
  /// - Throws: `Failure` if a slice's embedding cannot be stored.
  public mutating func particles(
    at points: [VoxelPoint], in slices: EmbeddedSlices
  ) throws -> [ParticleMask] {
    let particles = try particles(.prompted, at: points, in: slices) { $0 }
    promptsEach = points.isEmpty ? nil : Double(work.prompting.decoded) / Double(points.count)
    return particles
  }

  /// Stage 3: the query of each of `kinds`, of which `prompted` are the particles.
  ///
  /// - Throws: `NoParticle` if a kind that is looked for has none; `Failure` if features cannot be read.
  public mutating func queries(
    of kinds: [PromptedKind], _ prompted: [[ParticleMask]], in features: SliceFeatures
  ) throws -> [Query] {
    let parameters = parameters
    return try stage(.query) { _ in
      guard parameters.judges else {
        precondition(kinds.count == 1)
        let voxels = try parameters.pooledVoxels(prompted[0], in: features.shape)
        return [Query(feature: try QueryFeature(pooling: features, over: voxels), exemplar: nil)]
      }
      return try Exemplar.all(of: kinds, prompted, in: features).map {
        Query(feature: $0.query, exemplar: $0)
      }
    }
  }

  /// Stage 3 with a query of another origin.
  public mutating func query(_ make: () throws -> QueryFeature) rethrows -> QueryFeature {
    try stage(.query) { _ in try make() }
  }

  /// Stage 4: the places that are like one of `queries`.
  ///
  /// - Parameter sink: takes the planes of the similarity map if every voxel is compared; the result then has none. Nil:
  ///   the result has them.
  /// - Throws: `Failure` if features cannot be read, or what `sink` throws.
  public mutating func match(
    _ queries: [Query], with features: SliceFeatures, _ sink: ((ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> FeatureMatching.Result {
    let wanted = queries.indices.filter { queries[$0].isWanted }
    let searches = wanted.map { parameters.search(particleRadius: queries[$0].exemplar?.radius) }
    let steps = searches.reduce(0) { $0 + $1.steps(features.shape) }
    let exact = searches.compactMap { $0 as? FeatureMatching }.filter { $0.matching == .naive }
    let memory = memory
    return try stage(.matching, steps: steps) { progress in
      if let sink, exact.count == searches.count {
        // Those that are looked for come first.
        return try FeatureMatching.exact(
          zip(wanted, exact).map { (queries[$0].feature, $1) }, features, memory: memory, progress: progress,
          sink)
      }
      var together: FeatureMatching.Result?
      for (number, search) in zip(wanted, searches) {
        let result = try search(queries[number].feature, features, progress: progress).numbered(number)
        together = together?.joined(with: result) ?? result
      }
      guard let together else { preconditionFailure("nothing is looked for") }
      return together
    }
  }

  /// Stage 5: what each of `proposals` gives, and the instances that they make together.
  ///
  /// - Throws: `Failure` if a slice's embedding cannot be stored.
  public mutating func instances(
    of proposals: [Proposal], in slices: EmbeddedSlices
  ) throws -> (particles: [ParticleMask], instances: InstanceMap) {
    tell(proposals.count, of: proposals.count, in: slices)
    return try particles(.proposed, at: proposals.map(\.point), in: slices) { particles in
      let scored = zip(particles, proposals).map { ($0, $1.similarity) }
      return (particles, InstanceMap(merging: scored, in: slices.tomogram.shape))
    }
  }

  /// Stage 5 with judgement: `proposals` are centred, segmented and compared with `exemplars`. Without a number
  /// (`topK`) those of each kind are done batch by batch, the most promising first, until one brings nothing further
  /// of the kind that the usual cut takes: what is found does not depend on the cut that is asked for.
  ///
  /// - Parameter proposals: each has the number of its exemplar.
  /// - Throws: `Failure` if a slice's embedding cannot be stored, or features not be read.
  public mutating func judgement(
    of proposals: [Proposal], like exemplars: [Exemplar], in slices: EmbeddedSlices, features: SliceFeatures
  ) throws -> Judgement {
    let judge = Judge(exemplars: exemplars, features: features)
    let centred = stage(.proposed) { _ in judge.centred(proposals) }
    var waiting = exemplars.indices.map { kind in
      centred.filter { $0.query == kind }.prefix(parameters.topK ?? PipelineParameters.mostProposals)
    }
    let all = waiting.reduce(0) { $0 + $1.count }
    let each = parameters.topK ?? Self.batch / max(1, waiting.count { !$0.isEmpty })
    // One batch that brings picks, and one that does not.
    tell(
      waiting.reduce(0) { $0 + min($1.count, parameters.topK ?? 2 * each) }, of: all, in: slices)
    let kinds = exemplars.map(\.kind)
    let reach = exemplars.map { parameters.reach(particleRadius: $0.radius) }
    var (finds, done) = ([Find](), 0)
    var picks = [Int](repeating: 0, count: kinds.count)
    while waiting.contains(where: { !$0.isEmpty }) {
      let batch = waiting.flatMap { $0.prefix(each) }
      waiting = waiting.map { $0.dropFirst(each) }
      var new: [Find] = []
      for part in found == nil ? [batch[...]] : Self.parts(of: batch) {
        new += try particles(
          .proposed, at: part.map(\.point), from: done + part.startIndex, of: all, in: slices
        ) { try judge.finds(Array(part), $0) }
        guard part.endIndex < batch.count else { break }
        try found?(Judgement((finds + new).distinct(), of: kinds, reach: reach, by: parameters.cut))
      }
      finds = (finds + new).distinct()
      let now = Judgement(finds, of: kinds, by: Cut()).pickCounts
      for kind in kinds.indices where done > 0 && now[kind] <= picks[kind] { waiting[kind] = [] }
      (picks, done) = (now, done + batch.count)
      try found?(Judgement(finds, of: kinds, reach: reach, by: parameters.cut))
    }
    return Judgement(finds, of: kinds, reach: reach, by: parameters.cut)
  }

  /// Says how long `count` of `all` proposals may take.
  private func tell(_ count: Int, of all: Int, in slices: EmbeddedSlices) {
    guard let estimate, let promptsEach else { return }
    observer.note(estimate.proposed(count, of: all, promptsEach: promptsEach, in: slices, parameters.axes))
  }

  /// Proposals segmented together, of all kinds.
  private static let batch = 128

  /// `batch` in parts, each four times as long as the one before: what each proposal gives depends on it alone.
  private static func parts(of batch: [Proposal]) -> [ArraySlice<Proposal>] {
    var (parts, first, length) = ([ArraySlice<Proposal>](), 0, 8)
    while first < batch.count {
      let end = min(batch.count, first + length)
      parts.append(batch[first..<end])
      (first, length) = (end, length * 4)
    }
    return parts
  }

  /// - Parameter first: the number of the first point, for those who are told of SAM's answers.
  /// - Parameter all: the number of all points, of which these are a batch; nil: these are all.
  private mutating func particles<R>(
    _ name: Stage, at points: [VoxelPoint], from first: Int = 0, of all: Int? = nil,
    in slices: EmbeddedSlices,
    _ finish: ([ParticleMask]) throws -> R
  ) throws -> R {
    let all = all ?? points.count
    let (segmentation, answers) = (parameters.segmentation, answers)
    let steps = segmentation.steps(slices.tomogram.shape)
    let batch = first > 0 || points.count < all ? " \(first + 1) to \(first + points.count) of \(all)" : ""
    let (result, counts) = try stage(name, batch, steps: steps) { progress in
      let (particles, counts) = try segmentation(points, in: slices, progress: progress) { answer in
        answers?(name, answer.numbered(from: first))
      }
      return (try finish(particles), counts)
    }
    work.prompting.add(counts)
    return result
  }

  /// Runs a stage, or a part of it, of `steps` slices; without a number its progress is not shown.
  private mutating func stage<R>(
    _ stage: Stage, _ part: String = "", steps: Int? = nil, _ body: (any StageProgress) throws -> R
  ) rethrows -> R {
    let start = ContinuousClock.now
    let progress = steps.map { observer.begin(stage.rawValue + part, total: $0, unit: "slices") }
    defer { progress?.finish() }
    let result = try body(progress ?? SilentObserver())
    work.add((ContinuousClock.now - start) / .seconds(1), to: stage)
    return result
  }
}

/// Told of SAM's answers in stages 2 and 5, in the order of the sweeps, from one thread.
public typealias AnswerRecorder = @Sendable (Stage, SegmentationStep) -> Void
