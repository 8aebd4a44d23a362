import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Runs

/// `cryosam segment`: the whole method.
struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segment all particles of the kind that is pointed at.",
    discussion: """
      EXAMPLES
        cryosam segment tomo.mrc --dino dinov2.safetensors --sam sam.safetensors --point 120,88,40 -o result
        cryosam segment tomo.mrc --dino dinov2.safetensors --sam sam.safetensors --prompts picked.star -o result
        cryosam segment tomo.mrc --features sam --sam sam.safetensors --point 120,88,40 -o result
        cryosam segment tomo.mrc --dino dinov2.safetensors --sam sam.safetensors --point ribosome=120,88,40 \\
          --point proteasome=64,30,51 --not-point 10,200,33 -o result
        cryosam segment other.mrc --dino dinov2.safetensors --sam sam.safetensors \\
          --query result/query.safetensors -o other
        cryosam segment tomo.zarr --at-voxel-size 13 --volumes zarr --dino dinov2.safetensors --sam sam.safetensors \\
          --point 120,88,40 -o result
        cryosam segment --copick project.json --run TS_01 --tomo-type wbp --voxel-spacing 10 --copick-object ribosome \\
          --dino dinov2.safetensors --sam sam.safetensors --point 120,88,40 -o result

      Every find is compared with the particles that are pointed at and scored, 1 is exactly like them; picks are \
      decided from the scores (see 'cryosam pick' to decide otherwise). With --profile paper every find is a pick.

      Several kinds are looked for at once, and every find goes to the kind that it is most like; what is more like a \
      thing at a --not-point is no pick. The query of a run finds the same kinds in other tomograms, if weights and
      voxel size are the same.

      The folder gets picks, instances.mrc, semantic.mrc, candidates.star (all finds), similarity.mrc, query.safetensors,
      proposals, overview.png, report.html (look at it first) and, when all is complete, run.json. A run that was \
      interrupted goes on when it is started again: every slice that a network has seen is stored in --cache, or else \
      in the folder's encoded-slices/. Another run on the tomogram with the same --cache takes seconds; --discard-cache removes it. With --trace there is also trace.safetensors: \
      features, SAM's answers, query, similarities and proposals, for cryosam compare (docs/tracing.md). If SAM's masks look wrong, try --invert or another --contrast, and a --max-area that suits the
      particle.

      --profile reference does what the authors' released code does, to repeat its results: it propagates along z
      alone, takes voxels as they are (between 0 and 1), rounds points to voxels, and has its own rules for masks,
      query and proposals (docs/reference-profile.md). --axes and --contrast can still be given.
      """)

  @OptionGroup var tomogram: TomogramOptions
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @OptionGroup var prompted: QueryOptions
  @OptionGroup var output: OutputOptions
  @Option(
    help:
      "What is followed: the paper, its finds judged (judged), the paper alone, or what the released code does."
  )
  var profile = Profile.usual
  @OptionGroup(title: "Matching") var matching: MatchingOptions
  @OptionGroup(title: "Segmentation") var segmentation: SegmentationOptions
  @OptionGroup(title: "Picks") var cut: CutOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @Option(help: PickFormatList.help)
  var formats = PickFormatList.star
  @OptionGroup var volumes: VolumeOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var cache: CacheOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var tracing: TraceOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func validate() throws {
    if profile != .judged, !cut.isUsual {
      throw ValidationError(
        "'--threshold', '--count', '--auto' and '--size' need finds that are judged: leave '--profile \(profile.rawValue)' out"
      )
    }
    try prompted.check(profile)
    if profile != .judged, segmentation.diameter != nil {
      throw ValidationError(
        "'--diameter' needs finds that are judged: leave '--profile \(profile.rawValue)' out, or give --max-area"
      )
    }
    if let chosen = matching.matching, !profile.matchings.contains(chosen) {
      throw ValidationError(
        "'--matching \(chosen.rawValue)' is not in the released code: leave it or '--profile \(profile.rawValue)' out"
      )
    }
  }

  /// What the options say, and what the weights recommend.
  ///
  /// - Throws: `Failure` if weights cannot be read.
  func parameters() throws -> (parameters: PipelineParameters, recommended: [RecommendedSettings]) {
    var parameters = PipelineParameters(profile)
    let recommended = try [features.dino, sam].compactMap { $0 }.map { try $0.recommendedSettings() }
    for settings in recommended { parameters.adopt(settings) }
    matching.set(&parameters)
    voxels.set(&parameters)
    segmentation.set(&parameters)
    parameters.cut = cut.cut
    try features.set(&parameters)
    precision.set(&parameters)
    return (parameters, recommended)
  }

  func run() throws { try run(as: .ofThisCommand()) }

  /// - Parameter record: the command that it is recorded as.
  func run(as record: RunRecord) throws {
    var (parameters, recommended) = try parameters()
    let located = try tomogram.located(voxels.level)
    try located.checkResults(in: volumes.format)
    let trace = tracing.elementsIfWanted.map { SegmentTrace(limit: $0) }
    var session = try RunSession(
      located, parameters, output: output, cache: cache, memory: memory, common: common, result: result,
      reading: [sam] + [features.dino].compactMap { $0 } + prompted.prompts + prompted.query
        + prompted.notPrompts,
      diameter: segmentation.diameterIfGiven, answers: trace?.record, as: record)
    parameters = session.context.parameters
    for settings in recommended where parameters.judges && !settings.text.isEmpty {
      session.run.observer.note("the weights recommend \(settings.text)")
    }
    let series = try formats.series(in: prompted.tables, of: session.context.given)
    let given = try session.prompts(prompted)
    let points = session.context.worked(given.wanted)
    let (dino, (slices, samInput)) = try session.networks(
      dino: features.dino, sam: sam, at: points.map(\.point), precision)
    let (context, observer) = (session.context, session.run.observer)
    parameters = context.parameters
    let pipeline = Pipeline(features: dino?.features ?? SliceFeatures(slices), slices: slices)

    let origin = context.origin(dino?.input ?? samInput)
    let known = try prompted.query.flatMap { try QueryFile.exemplars($0, for: origin) }
    let kinds = try [PromptedKind](points, not: context.worked(given.others), known: known)
    let places = try located.target?.places(
      of: kinds.map(\.kind).filter(\.isWanted).map(\.name), force: output.force)
    if parameters.diameter != nil, kinds.count(where: \.kind.isWanted) > 1 {
      throw ValidationError("'--diameter' is for one kind of particles: leave it out where there are several")
    }

    let estimate = try RunEstimate(of: pipeline, at: points.map(\.point), parameters)
    observer.note(estimate.text)
    session.run.estimate = estimate
    // A trace needs the map in memory.
    let map = try trace == nil ? session.folder.similarityWriter(parameters, of: context.tomogram) : nil
    let found = try pipeline.segment(
      kinds, by: &session.run, similarities: map.map { map in { try map.append(Array($0)) } })
    try map?.commit()

    if let trace { try trace.write(of: found, by: pipeline, at: points.map(\.point), to: session.folder) }
    let results = found.unbinned(context.binning, context.shapes, parameters)
    let stretch = try context.stretchOfGiven(slices.stretch)
    try session.folder.write(
      results, of: context.given, worked: (context.tomogram.geometry, found.queries),
      binning: context.binning, stretch: stretch, origin: origin, formats: formats.formats,
      series: series, volumes: volumes.format)
    if let places {
      try located.target?.write(results.instances, of: context.given, to: places)
    }
    let dinoInput: [(role: String, input: RunRecord.Input)] = dino.map { [("dino", $0.input)] } ?? []
    session.record.add(
      inputs: [("tomogram", session.context.tomogramInput)] + dinoInput + [("sam", samInput)])
    session.record.add(name: located.name)
    session.record.add(kinds: try [PromptedKind](given.wanted, not: given.others, known: known))
    if !prompted.query.isEmpty { session.record.add("queries", .array(prompted.query.map { .string($0) })) }
    session.record.add("parameters", parameters.json)
    session.record.add(results, session.run.work)
    try session.folder.writeReport(session.record.json, of: context.given, stretch: stretch)
    for (index, pair) in zip(kinds.flatMap(\.points), found.prompted).enumerated() where parameters.judges {
      let (point, particle) = pair
      for remark in particle.remarks(at: point, in: context.tomogram, largestArea: parameters.largestArea) {
        session.remark("point \(index + 1): \(remark)")
      }
    }
    for line in results.judgement?.lines ?? [] { session.remark(line) }
    if found.matches.proposals.isEmpty {
      session.remark("no place in the tomogram is similar enough to the query: try a lower --similarity")
    }
    try session.finish(
      "\(results.instances.instances.count) particles from \(found.matches.proposals.count) proposals")
    try output.check(results.instances.instances.count)
  }
}
