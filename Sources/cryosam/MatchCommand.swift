import ArgumentParser
import CommandLineKit
import Cryo
import Files

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

  @Argument(help: ArgumentHelp("The tomogram (MRC, also gzip or bzip2).", valueName: "tomogram"))
  var tomogram: String
  @Option(help: ArgumentHelp("Folder that keeps the features of slices.", valueName: "folder"))
  var cache: String
  @Option(help: ArgumentHelp("A point, or a file with points, a mask or a query.", valueName: "query"))
  var query: [String]
  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Matching") var matching: MatchingOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Features") var sam: SAMFeatureOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func validate() throws { try sam.check(features) }

  func run() throws {
    var parameters = PipelineParameters()
    matching.set(&parameters)
    try features.set(&parameters)
    sam.contrast.set(&parameters)
    let observer = CommandLineObserver(common)
    let folder = try RunFolder(output.output, force: output.force)
    let run = try RunContext(
      tomogram, cache: cache, memoryLimit: memory.bytes, parameters: parameters, observer: observer)
    let sources = try query.map { argument in
      try PointArgument(argument: argument).map { .point($0.point) } ?? QuerySource(file: argument)
    }
    let (encoded, weights) = try sam.features(run, features)
    var work = Work()
    try work.time("features") { work in try encoded.extractMissing(observer: observer, &work) }
    let vector = try work.time("query") { _ in
      try QueryFeature(sources, encoded, named: run.tomogramInput.path)
    }
    let found = try work.time("matching") { _ in
      try encoded.match(vector, parameters, observer: observer)
    }

    try folder.write(found, geometry: run.tomogram.geometry)
    try folder.write(proposals: found.proposals, of: run.tomogram)
    try vector.write(to: folder.file("query.safetensors"))
    var record = RunRecord.ofThisCommand()
    record.add(inputs: [("tomogram", run.tomogramInput), weights])
    record.add("query", .array(query.map { .string($0) }))
    record.add("parameters", parameters.searchJSON)
    record.add(found.levels)
    record.add(counts: ["proposals": found.proposals.count])
    record.add(work)
    try folder.finish(record.json)

    if result.json { return Output.line(String(record.json.prettyText.dropLast())) }
    Output.line("\(found.proposals.count) proposals, in \(output.output)")
  }
}
