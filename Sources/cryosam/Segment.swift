import ArgumentParser
import CommandLineKit
import Cryo
import Files
import NN
import Reports

/// `cryosam segment`: the whole method.
struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Segment all particles of the kind that is pointed at.",
    discussion: """
      EXAMPLES
        cryosam segment tomo.mrc --dino dinov2.safetensors --sam sam.safetensors --point 120,88,40 -o result
        cryosam segment tomo.mrc --dino dinov2.safetensors --sam sam.safetensors --prompts picked.star -o result
        cryosam segment tomo.mrc --features sam --sam sam.safetensors --point 120,88,40 -o result

      The folder gets semantic.mrc, instances.mrc, similarity.mrc and its coarser levels, query.safetensors, proposals,
      picks, overview.png, report.html (look at it first) and, when all is complete, run.json. A run that was \
      interrupted goes on when it is started again: every slice that a network has seen is stored in --cache, or else \
      in the folder's cache/, which is removed when the run is complete. With --trace there is also trace.safetensors: \
      features, SAM's answers, query, similarities and proposals, for cryosam compare (docs/tracing.md). If SAM's masks look wrong, try --invert or another --contrast, and a --max-area that suits the
      particle.

      --profile reference does what the authors' released code does, to repeat its results: it propagates along z
      alone, takes voxels as they are (between 0 and 1), rounds points to voxels, and has its own rules for masks,
      query and proposals (docs/reference-profile.md). --axes and --contrast can still be given.
      """)

  @Argument(help: ArgumentHelp("The tomogram (MRC, also gzip or bzip2).", valueName: "tomogram"))
  var tomogram: String
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @OptionGroup var prompted: PromptOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "What is followed: the paper's text, or what the released code does.")
  var profile = Profile.paper
  @OptionGroup(title: "Matching") var matching: MatchingOptions
  @OptionGroup(title: "Segmentation") var segmentation: SegmentationOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @Option(
    help: ArgumentHelp("Formats of the picks, of star, csv, txt, joined by commas.", valueName: "formats"))
  var formats = PickFormatList.star
  @Option(help: ArgumentHelp("Folder that keeps features and embeddings of slices.", valueName: "folder"))
  var cache: String?
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var tracing: TraceOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func validate() throws {
    if profile == .reference && matching.matching == .naive {
      throw ValidationError(
        "'--matching naive' is not in the released code: leave it or '--profile reference' out")
    }
  }

  func run() throws {
    var parameters = PipelineParameters(profile)
    matching.set(&parameters)
    segmentation.set(&parameters)
    try features.set(&parameters)

    let shown = CommandLineObserver(common)
    let trace = tracing.elementsIfWanted.map { SegmentTrace(limit: $0, passingOnTo: shown) }
    let observer: any RunObserver = trace ?? shown
    let folder = try RunFolder(output.output, force: output.force)
    let run = try RunContext(
      tomogram, cache: cache ?? folder.cache, memoryLimit: memory.bytes, parameters: parameters,
      observer: observer)
    let points = try run.prompts(files: prompted.prompts, points: prompted.point.map(\.point))
    let dino = try features.dino.map { try run.features($0) }
    let (slices, samInput) = try run.slices(sam)
    let pipeline = Pipeline(
      features: dino?.features ?? SliceFeatures(slices), slices: slices, parameters: parameters,
      observer: observer)
    let found = try pipeline.segment(points)

    if let trace {
      let traced = try trace.tensors(of: found, by: pipeline, at: points)
      try SafetensorsFile.write(
        traced.map { ($0.name, $0.tensor) }, metadata: SafetensorsFile.samplingMetadata(traced),
        to: folder.file("trace.safetensors"))
    }
    try folder.write(found, of: run.tomogram, slices: slices, formats: formats.formats)
    var record = RunRecord.ofThisCommand()
    let dinoInput: [(role: String, input: RunRecord.Input)] = dino.map { [("dino", $0.input)] } ?? []
    record.add(inputs: [("tomogram", run.tomogramInput)] + dinoInput + [("sam", samInput)])
    record.add(points: points)
    record.add("parameters", parameters.json)
    record.add(found)
    try folder.writeReport(record.json, of: run.tomogram, stretch: slices.stretch)
    try folder.finish(record.json)
    if cache == nil { folder.removeCache() }
    try show(record, found)
  }

  private func show(_ record: RunRecord, _ found: Pipeline.Result) throws {
    if result.json { return Output.line(String(record.json.prettyText.dropLast())) }
    if found.matches.proposals.isEmpty {
      Output.note("no place in the tomogram is similar enough to the query: try a lower --similarity")
    }
    Output.line(
      "\(found.instances.instances.count) particles from \(found.matches.proposals.count) proposals, in \(output.output)"
    )
  }
}

/// `star,csv`
struct PickFormatList: ExpressibleByArgument {
  let formats: [PickFormat]
  static let star = PickFormatList(formats: [.star])

  init(formats: [PickFormat]) { self.formats = formats }

  init?(argument: String) {
    let named = argument.split(separator: ",", omittingEmptySubsequences: false)
    let formats = named.compactMap { PickFormat(rawValue: String($0)) }
    guard formats.count == named.count, Set(formats).count == formats.count else { return nil }
    self.formats = formats
  }

  var defaultValueDescription: String { formats.map(\.rawValue).joined(separator: ",") }
}
