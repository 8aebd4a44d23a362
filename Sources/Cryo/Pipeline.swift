import Runs
import Volumes

/// CryoSAM: from point prompts on particles of one kind to all particles of that kind (paper, figure 1); of several
/// kinds at once, if finds are judged.
///
/// The networks are behind `features` (stage 1's encoder) and `slices` (SAM); both compute a slice when it is first
/// needed and store it, so that a run that was interrupted goes on where it stopped.
public struct Pipeline: Sendable {
  public let features: SliceFeatures
  public let slices: EmbeddedSlices

  public init(features: SliceFeatures, slices: EmbeddedSlices) {
    (self.features, self.slices) = (features, slices)
  }

  /// What a run found.
  public struct Result: Sendable {
    /// The prompted particles, kind by kind.
    public let prompted: [ParticleMask]
    /// What was looked for.
    public let queries: [Query]
    public let matches: FeatureMatching.Result
    /// What each proposal gave; none where finds are judged.
    public let proposed: [ParticleMask]
    /// How finds compare with what was pointed at, if they were judged.
    public let judgement: Judgement?
    public let instances: InstanceMap
  }

  /// The five steps.
  ///
  /// - Parameter kinds: what is pointed at; the paper's own profiles know but one kind.
  /// - Parameter run: carries them out, and holds what they took.
  /// - Parameter first: the stage to begin with: `prompted` if the features are stored.
  /// - Parameter similarities: takes the planes of the similarity map if every voxel is compared; nil: the result has
  ///   them.
  /// - Throws: `NoParticle` if no prompt of a wanted kind gives a particle; `Failure` if something cannot be stored.
  public func segment(
    _ kinds: [PromptedKind], from first: Stage = .features, by run: inout StagedRun,
    similarities: ((ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Result {
    // 1. Features of every slice of the three views (eq. 1).
    if first == .features { try run.extract(features) }

    // 2. The prompted particles, by cross-plane self-prompting (eq. 2-3).
    let prompted = try run.particles(at: kinds.flatMap(\.points), in: slices)

    // 3. The query of each kind: the mean feature of its prompted particles (eq. 4).
    let queries = try run.queries(of: kinds, kinds.split(prompted), in: features)

    // 4. Proposals: places whose features are like a query (eq. 5-6).
    let matches = try run.match(queries, with: features, similarities)

    // 5. Each proposal prompts a segmentation like the user's own points. What it gave is an instance, or, if it is
    //    judged, one if it is like the prompted particles.
    let exemplars = queries.compactMap(\.exemplar)
    guard !exemplars.isEmpty else {
      let (proposed, instances) = try run.instances(of: matches.proposals, in: slices)
      return Result(
        prompted: prompted, queries: queries, matches: matches, proposed: proposed, judgement: nil,
        instances: instances)
    }
    let judgement = try run.judgement(of: matches.proposals, like: exemplars, in: slices, features: features)
    return Result(
      prompted: prompted, queries: queries, matches: matches, proposed: [], judgement: judgement,
      instances: InstanceMap(judgement, in: features.shape))
  }

  /// The five steps for one kind, pointed at in `points`.
  public func segment(
    _ points: [VoxelPoint], from first: Stage = .features, by run: inout StagedRun,
    similarities: ((ArraySlice<Float>) throws -> Void)? = nil
  ) throws -> Result {
    try segment([PromptedKind(at: points)], from: first, by: &run, similarities: similarities)
  }
}
