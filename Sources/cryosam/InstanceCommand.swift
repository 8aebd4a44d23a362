import ArgumentParser
import CommandLineKit
import Cryo
import Files

/// `cryosam instance`: stage 2 alone.
struct InstanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "instance",
    abstract: "Segment the particles that are pointed at, and no others.",
    discussion: """
      EXAMPLES
        cryosam instance tomo.mrc --sam sam.safetensors --point 120,88,40 -o one
        cryosam instance tomo.mrc --sam sam.safetensors --prompts picked.star --axes z -o some

      The nth point's particle has label n in instances.mrc; points without a particle are left out and reported.
      """)

  @Argument(help: ArgumentHelp("The tomogram (MRC, also gzip or bzip2).", valueName: "tomogram"))
  var tomogram: String
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @OptionGroup var prompted: PromptOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Segmentation") var segmentation: SegmentationOptions
  @Option(
    help: ArgumentHelp("Formats of the picks, of star, csv, txt, joined by commas.", valueName: "formats"))
  var formats = PickFormatList.star
  @Option(help: ArgumentHelp("Folder that keeps embeddings of slices.", valueName: "folder"))
  var cache: String?
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func run() throws {
    var parameters = PipelineParameters()
    segmentation.set(&parameters)
    let observer = CommandLineObserver(common)
    let folder = try RunFolder(output.output, force: output.force)
    let run = try RunContext(
      tomogram, cache: cache ?? folder.cache, memoryLimit: memory.bytes, parameters: parameters,
      observer: observer)
    let points = try run.prompts(files: prompted.prompts, points: prompted.point.map(\.point))
    let (slices, samInput) = try run.slices(sam)
    var work = Work()
    let particles = try work.time("prompted particles") { work in
      try slices.particles(at: points, parameters, titled: "particles", observer: observer, &work)
    }
    let map = InstanceMap(separate: particles, in: run.tomogram.shape)

    try folder.write(map, of: run.tomogram, slices: slices, formats: formats.formats)
    var record = RunRecord.ofThisCommand()
    record.add(inputs: [("tomogram", run.tomogramInput), ("sam", samInput)])
    record.add(points: points)
    record.add("parameters", parameters.segmentationJSON)
    record.add("particles", .array(zip(points, particles).map { RunRecord.particle($0, $1) }))
    record.add(counts: [
      "prompts": points.count, "instances": map.instances.count, "semantic_voxels": map.voxels,
    ])
    record.add(work)
    try folder.finish(record.json)
    if cache == nil { folder.removeCache() }

    if result.json { return Output.line(String(record.json.prettyText.dropLast())) }
    for (index, particle) in particles.enumerated() where particle.voxels.isEmpty {
      Output.note("point \(index + 1) gave no particle: SAM saw nothing there of the allowed size")
    }
    Output.line("\(map.instances.count) particles from \(points.count) points, in \(output.output)")
  }
}
