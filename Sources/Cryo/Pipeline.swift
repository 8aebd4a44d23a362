import Runs
import Volumes

/// CryoSAM: from point prompts on particles of one kind to all particles of that kind (paper, figure 1).
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
    public let prompted: [ParticleMask]
    public let query: QueryFeature
    public let matches: FeatureMatching.Result
    /// What each proposal gave; none where finds are judged.
    public let proposed: [ParticleMask]
    /// What finds were compared with, and how they compare, if they were.
    public let exemplars: [Exemplar]
    public let judgement: Judgement?
    public let instances: InstanceMap
  }

  /// The five steps.
  ///
  /// - Parameter run: carries them out, and holds what they took.
  /// - Parameter first: the stage to begin with: `prompted` if the features are stored.
  /// - Throws: `NoParticle` if no prompt gives a particle; `Failure` if something cannot be stored.
  public func segment(
    _ prompts: [VoxelPoint], from first: Stage = .features, by run: inout StagedRun
  ) throws -> Result {
    // 1. Features of every slice of the three views (eq. 1).
    if first == .features { try run.extract(features) }

    // 2. The prompted particles, by cross-plane self-prompting (eq. 2-3).
    let prompted = try run.particles(at: prompts, in: slices)

    // 3. The query: the mean feature of the prompted particles (eq. 4).
    let query = try run.query(of: prompted, in: features)
    let exemplar = run.exemplar(of: prompted, at: prompts, query, in: slices.tomogram)

    // 4. Proposals: places whose features are like the query (eq. 5-6).
    let matches = try run.match(query, with: features, particleRadius: exemplar?.radius)

    // 5. Each proposal prompts a segmentation like the user's own points. What it gave is an instance, or, if it is
    //    judged, one if it is like the prompted particles.
    guard let exemplar else {
      let (proposed, instances) = try run.instances(of: matches.proposals, in: slices)
      return Result(
        prompted: prompted, query: query, matches: matches, proposed: proposed, exemplars: [],
        judgement: nil, instances: instances)
    }
    let judgement = try run.judgement(
      of: [matches.proposals], like: [exemplar], in: slices, features: features)
    return Result(
      prompted: prompted, query: query, matches: matches, proposed: [], exemplars: [exemplar],
      judgement: judgement, instances: InstanceMap(judgement, in: features.shape))
  }
}
