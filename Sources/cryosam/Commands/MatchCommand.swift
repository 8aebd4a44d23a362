import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Runs

/// `cryosam match`: stages 3 and 4 alone.
struct MatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Find the places of a tomogram whose features are like those of a query.",
    discussion: """
      EXAMPLES
        cryosam match tomo.mrc --dino dinov2.safetensors --cache cache --query 120,88,40 -o found
        cryosam match tomo.mrc --dino dinov2.safetensors --cache cache --query one/semantic.mrc -o found
        cryosam match tomo.mrc --dino dinov2.safetensors --cache cache --query other/query.safetensors -o found

      The query is one or more of: a point X,Y,Z; a table of points (STAR, CSV, text); a mask of the tomogram's size
      (MRC, not 0 in the particles); or a saved query, alone. Slices that are not in the cache are encoded first.
      The folder gets similarity.mrc (with --matching hierarchical also its coarser levels), proposals.star, query.safetensors and run.json.
      """)

  @OptionGroup var tomogram: TomogramOptions
  @Option(help: ArgumentHelp("Folder that keeps the features of slices.", valueName: "folder"))
  var cache: String
  @Option(help: ArgumentHelp("A point, or a file with points, a mask or a query.", valueName: "query"))
  var query: [String]
  @OptionGroup var tables: PointReadingOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Matching") var matching: MatchingOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Features") var sam: SAMFeatureOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func validate() throws { try sam.check(features) }

  /// What the file holds; of a point that is written otherwise the error names the right form.
  private func source(file: String) throws -> QuerySource {
    do { return try QuerySource(file: file, reading: try tables.reading()) } catch let failure as Failure {
      let form = NotAPoint(file)
      guard failure.kind == .noInput, form.isThree else { throw failure }
      throw ValidationError("The value '\(file)' is invalid for '--query <query>': \(form.description)")
    }
  }

  func run() throws {
    var parameters = PipelineParameters()
    parameters.topK = PipelineParameters(.paper).topK
    matching.set(&parameters)
    voxels.set(&parameters)
    try features.set(&parameters)
    sam.contrast.set(&parameters)
    precision.set(&parameters)
    let located = try tomogram.located(voxels.level)
    var session = try RunSession(
      located, parameters, output: output, cache: .given(cache), memory: memory, common: common,
      result: result, reading: query + [features.dino, sam.sam].compactMap { $0 })
    let sources = try query.map { argument in
      try PointArgument(argument: argument).map { .point($0.point) } ?? source(file: argument)
    }
    let notes = try sources.flatMap {
      try $0.remarks(in: session.context.given, named: session.context.given.name)
    }
    for note in notes { session.run.observer.note(note) }
    session.record(pointNotes: notes)
    let (encoded, weights) = try session.features(sam, features, precision)
    parameters = session.context.parameters

    try session.run.extract(encoded)
    let (given, binning) = (session.context.given, session.context.binning)
    let query = try session.run.query {
      try QueryFeature(sources, encoded, named: given.name, in: (given, binning))
    }
    let map = try session.folder.similarityWriter(parameters, of: session.context.tomogram)
    let found = try session.run.match(
      [Query(feature: query)], with: encoded, map.map { map in { try map.append(Array($0)) } })
    try map?.commit()

    try session.folder.write(found, geometry: session.context.tomogram.geometry)
    try session.folder.write(proposals: found.proposals, of: given, binning: binning)
    try QueryFile.write([Query(feature: query)], to: session.folder.file("query.safetensors"))
    session.record.add(inputs: [("tomogram", session.context.tomogramInput), weights])
    session.record.add(name: located.name)
    session.record.add("query", .array(self.query.map { .string($0) }))
    session.record.add("parameters", parameters.searchJSON)
    session.record.add(found.levels)
    session.record.add(counts: ["proposals": found.proposals.count])
    session.record.add(session.run.work)
    try session.finish("\(found.proposals.count) proposals", lookAt: ResultNames.proposals)
    try output.check(found.proposals.count)
  }
}
