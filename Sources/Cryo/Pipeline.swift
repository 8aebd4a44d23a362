import Files

/// CryoSAM: from point prompts on particles of one kind to all particles of that kind (paper, figure 1).
///
/// The networks are behind `features` (stage 1's encoder) and `slices` (SAM); both compute a slice when it is first
/// needed and store it, so that a run that was interrupted goes on where it stopped.
public struct Pipeline: Sendable {
  public let features: SliceFeatures
  public let slices: EmbeddedSlices
  public let parameters: PipelineParameters
  public let observer: any RunObserver

  /// What the observer is told of stages 2 and 5.
  public static let promptedTitle = "prompted particles"
  public static let proposedTitle = "proposed particles"

  public init(
    features: SliceFeatures, slices: EmbeddedSlices, parameters: PipelineParameters,
    observer: any RunObserver
  ) {
    (self.features, self.slices) = (features, slices)
    (self.parameters, self.observer) = (parameters, observer)
  }

  /// What a run found, and what it took.
  public struct Result: Sendable {
    public let prompted: [ParticleMask]
    public let query: QueryFeature
    public let matches: FeatureMatching.Result
    /// What each proposal gave.
    public let proposed: [ParticleMask]
    public let instances: InstanceMap
    public let work: Work
  }

  /// The five steps.
  ///
  /// - Throws: `Failure` if no prompt gives a particle, or something cannot be stored.
  public func segment(_ prompts: [VoxelPoint]) throws -> Result {
    var work = Work()
    try announce(prompts)

    // 1. Features of every slice of the three views (eq. 1).
    try work.time("features") { work in try extractFeatures(&work) }

    // 2. The prompted particles, by cross-plane self-prompting (eq. 2-3).
    let prompted = try work.time(Self.promptedTitle) { work in
      try particles(at: prompts, titled: Self.promptedTitle, &work)
    }

    // 3. The query: the mean feature of the prompted particles (eq. 4).
    let query = try work.time("query") { _ in try self.query(of: prompted) }

    // 4. Proposals: places whose features are like the query (eq. 5-6).
    let matches = try work.time("matching") { _ in try self.match(query) }

    // 5. Each proposal prompts a segmentation like the user's own points.
    let (proposed, instances) = try work.time(Self.proposedTitle) { work in
      let masks = try particles(at: matches.proposals.map(\.point), titled: Self.proposedTitle, &work)
      let scored = zip(masks, matches.proposals).map { ($0, $1.similarity) }
      return (masks, InstanceMap(merging: scored, in: features.shape))
    }
    return Result(
      prompted: prompted, query: query, matches: matches, proposed: proposed, instances: instances,
      work: work)
  }

  /// Stage 1.
  public func extractFeatures(_ work: inout Work) throws {
    try features.extractMissing(observer: observer, &work)
  }

  /// Stage 2, and 5.
  public func particles(
    at points: [VoxelPoint], titled title: String, _ work: inout Work
  ) throws -> [ParticleMask] {
    try slices.particles(at: points, parameters, titled: title, observer: observer, &work)
  }

  /// Stage 3.
  public func query(of prompted: [ParticleMask]) throws -> QueryFeature {
    guard prompted.contains(where: { !$0.voxels.isEmpty }) else {
      throw Failure(
        .badData, "SAM found no particle at any of the prompted points",
        remedy:
          "check the points (X,Y,Z, counted from 0) and the contrast, or allow larger masks with --max-area")
    }
    return try QueryFeature(pooling: features, over: parameters.pooledVoxels(prompted, in: features.shape))
  }

  /// Stage 4.
  public func match(_ query: QueryFeature) throws -> FeatureMatching.Result {
    try features.match(query, parameters, observer: observer)
  }
}

/// Seconds of each stage and how often the networks were run: what differs between a fresh and a resumed run.
public struct Work: Sendable {
  public internal(set) var seconds: [(stage: String, seconds: Double)] = []
  /// Slices encoded for features.
  public internal(set) var featureSlices = 0
  /// What SAM did.
  public internal(set) var prompting = CrossPlaneSelfPrompting.Counts()

  public init() {}

  /// Runs a stage and notes its time.
  public mutating func time<R>(_ stage: String, _ body: (inout Work) throws -> R) rethrows -> R {
    let start = ContinuousClock.now
    let result = try body(&self)
    seconds.append((stage, (ContinuousClock.now - start) / .seconds(1)))
    return result
  }
}

extension SliceFeatures {
  /// Stage 1 for `slices`, watched by `observer`. Returns how many had to be encoded.
  public func extract(_ slices: [(axis: Axis, index: Int)], observer: any RunObserver) throws -> Int {
    let progress = observer.begin("features", total: slices.count, unit: "slices")
    defer { progress.finish() }
    return try extract(slices, progress: progress)
  }

  /// Stage 1 for all slices.
  public func extractMissing(observer: any RunObserver, _ work: inout Work) throws {
    work.featureSlices += try extract(slices(), observer: observer)
  }

  /// Stage 4, watched by `observer`.
  public func match(
    _ query: QueryFeature, _ parameters: PipelineParameters, observer: any RunObserver
  ) throws -> FeatureMatching.Result {
    let search = parameters.search
    let progress = observer.begin("matching", total: search.steps(shape), unit: "slices")
    defer { progress.finish() }
    return try search(query, self, progress: progress)
  }
}

extension EmbeddedSlices {
  /// Stage 2 for `points`, watched by `observer`.
  public func particles(
    at points: [VoxelPoint], _ parameters: PipelineParameters, titled title: String,
    observer: any RunObserver, _ work: inout Work
  ) throws -> [ParticleMask] {
    let segmentation = parameters.segmentation
    let progress = observer.begin(title, total: segmentation.steps(tomogram.shape), unit: "slices")
    defer { progress.finish() }
    let (particles, counts) = try segmentation(points, in: self, progress: progress)
    work.prompting.add(counts)
    return particles
  }
}
