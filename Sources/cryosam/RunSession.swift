import CommandLineKit
import Cryo
import Files
import FoundationEssentials
import Runs
import Volumes

/// One run of a command that writes a folder of results: the folder, what the stages share, and the record.
struct RunSession {
  let folder: RunFolder
  private(set) var context: RunContext
  /// Carries out the stages.
  var run: StagedRun
  /// What `run.json` will say.
  var record: RunRecord
  private let cache: CacheOptions
  private let printsJSON: Bool

  /// Takes the output folder and opens the tomogram.
  ///
  /// - Parameter inputs: other files that the run reads; neither they nor the tomogram are written over.
  /// - Parameter record: the command that it is a run of.
  /// - Throws: `Failure` if one of them cannot be used, or the parameters do not fit.
  init(
    _ tomogram: LocatedTomogram, _ parameters: PipelineParameters, output: OutputOptions, cache: CacheOptions,
    memory: MemoryOptions, common: CommonOptions, result: JSONOption,
    reading inputs: [String], diameter: (length: Length, keepsArea: Bool)? = nil,
    answers: AnswerRecorder? = nil, as record: RunRecord = .ofThisCommand()
  ) throws {
    try parameters.validate()
    try TomogramPath.check(tomogram.path)
    try output.place.check(output.output)
    try common.prepareForNetworks()
    Signals.endCleanly(goingOn: true)
    let observer = CommandLineObserver(common)
    folder = try RunFolder(
      output.output, force: output.force, names: ResultNames.all(parameters), inputs: [tomogram.path] + inputs
    )
    for note in folder.notes { observer.note(note) }
    if cache.cache == nil { try folder.makeCache() }
    context = try RunContext(
      tomogram.path, name: tomogram.name, cache: cache.cache ?? folder.cache, memoryLimit: memory.bytes,
      parameters: parameters, diameter: diameter, observer: observer)
    run = StagedRun(
      context.parameters, observer: observer, memory: memory.bytes, answers: answers)
    (self.cache, printsJSON, self.record) = (cache, result.json, record)
  }

  /// The points of `options`, all inside the given tomogram and in its voxels.
  mutating func prompts(_ options: PromptOptions) throws -> [VoxelPoint] {
    let (points, notes) = try context.prompts(
      files: options.prompts, points: options.point.map { NamedPoint(nil, $0.point) },
      reading: try options.tables.reading())
    record(pointNotes: notes)
    return points.map(\.point)
  }

  /// The points of what is looked for and of what it is not.
  mutating func prompts(_ options: QueryOptions) throws -> (wanted: [NamedPoint], others: [NamedPoint]) {
    let reading = try options.tables.reading()
    let wanted = try context.prompts(
      files: options.prompts, points: options.point.map(\.point), reading: reading)
    let others = try context.prompts(
      files: options.notPrompts, points: options.notPoint.map { NamedPoint(nil, $0.point) }, reading: reading)
    record(pointNotes: wanted.notes + others.notes)
    return (wanted.points, others.points)
  }

  /// `RunContext.networks`; what the check says is recorded.
  mutating func networks(
    dino: String?, sam: String, at points: [VoxelPoint], _ options: PrecisionOptions
  ) throws -> RunContext.Networks {
    let (networks, check) = try context.networks(dino: dino, sam: sam, at: points, options)
    if let check { record.add("precision_check", check.json) }
    return networks
  }

  /// The features that are matched, and the weights they are by (`SAMFeatureOptions.features`).
  mutating func features(
    _ sam: SAMFeatureOptions, _ options: FeatureOptions, _ precision: PrecisionOptions
  ) throws -> (features: SliceFeatures, input: (role: String, input: RunRecord.Input)) {
    let (features, input, check) = try sam.features(&context, options, precision)
    if let check { record.add("precision_check", check.json) }
    return (features, input)
  }

  /// Keeps what was done to the coordinates of tables.
  mutating func record(pointNotes notes: [String]) {
    if !notes.isEmpty { record.add("points_notes", .array(notes.map { .string($0) })) }
  }

  /// Completes the run: writes the record, says what of slices is kept and where, and prints the record as JSON or
  /// `summary`, which names the result that is to be looked at first.
  func finish(_ summary: String, lookAt name: String = ResultNames.report) throws {
    try context.given.checkUnchanged()
    try folder.finish(record.json)
    if cache.discardCache {
      if !folder.removeCache() {
        run.observer.note("\(folder.cache) was not made by a run for itself, and stays")
      }
    } else if cache.cache == nil {
      let (slices, bytes) = SliceStore.contents(of: folder.cache)
      run.observer.note(
        "\(slices) encoded slices are kept in \(folder.cache) (\(byteSize(bytes))): with --cache \(folder.cache) other "
          + "runs on this tomogram take them from there; --discard-cache removes them")
    }
    Output.line(
      printsJSON
        ? String(record.json.prettyText.dropLast()) : "\(summary); look at \(folder.path)/\(name) first")
  }

  /// Prints a remark on the result, if the result is for people.
  func remark(_ text: String) {
    if !printsJSON { Output.note(text) }
  }
}

extension RunRecord {
  /// A record of this process's command.
  static func ofThisCommand() -> RunRecord {
    RunRecord(
      version: Version.current,
      command: ["cryosam"] + CommandLine.arguments.dropFirst().map { Address.hidingSecrets(in: $0) },
      workingFolder: FileManager.default.currentDirectoryPath)
  }
}
