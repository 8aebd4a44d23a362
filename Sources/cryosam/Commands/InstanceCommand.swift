import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Runs

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
    parameters.adopt(try sam.recommendedSettings())
    segmentation.set(&parameters)
    var session = try RunSession(
      tomogram, parameters, output: output, cache: cache, memory: memory, common: common, result: result)
    let points = try session.prompts(prompted)
    let (slices, samInput) = try session.context.slices(sam)

    let particles = try session.run.particles(at: points, in: slices)
    let map = InstanceMap(separate: particles, in: session.context.tomogram.shape)

    try session.folder.write(
      map, of: session.context.tomogram, stretch: slices.stretch, formats: formats.formats)
    session.record.add(inputs: [("tomogram", session.context.tomogramInput), ("sam", samInput)])
    session.record.add(points: points)
    session.record.add("parameters", parameters.segmentationJSON)
    session.record.add("particles", .array(zip(points, particles).map { RunRecord.particle($0, $1) }))
    session.record.add(counts: [
      "prompts": points.count, "instances": map.instances.count, "semantic_voxels": map.voxels,
    ])
    session.record.add(session.run.work)
    for (index, particle) in particles.enumerated() where particle.voxels.isEmpty {
      session.remark("point \(index + 1) gave no particle: SAM saw nothing there of the allowed size")
    }
    try session.finish("\(map.instances.count) particles from \(points.count) points")
  }
}
