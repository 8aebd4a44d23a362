import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Reports
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
      report.html shows each click: three slices with the mask, a bar of known length, the size, and what is odd.
      """)

  @OptionGroup var tomogram: TomogramOptions
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @OptionGroup var prompted: PromptOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup(title: "Segmentation") var segmentation: SegmentationOptions
  @Option(help: PickFormatList.help)
  var formats = PickFormatList.star
  @OptionGroup var volumes: VolumeOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var cache: CacheOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func run() throws {
    var parameters = PipelineParameters()
    parameters.adopt(try sam.recommendedSettings())
    segmentation.set(&parameters)
    voxels.set(&parameters)
    precision.set(&parameters)
    let located = try tomogram.located(voxels.level)
    try located.checkResults(in: volumes.format)
    let places = try located.target?.places(of: [nil], force: output.force)
    var session = try RunSession(
      located, parameters, output: output, cache: cache, memory: memory, common: common, result: result,
      reading: [sam] + prompted.prompts, diameter: segmentation.diameterIfGiven)
    let series = try formats.series(in: prompted.tables, of: session.context.given)
    let points = try session.prompts(prompted)
    let (context, shapes) = (session.context, session.context.shapes)
    let worked = points.map { context.binning.binned($0, in: shapes.binned) }
    let (slices, samInput) = try session.networks(dino: nil, sam: sam, at: worked, precision).sam
    parameters = session.context.parameters

    let found = try session.run.particles(at: worked, in: slices)
    let remarks = zip(worked, found).map { point, particle in
      particle.remarks(at: point, in: context.tomogram, largestArea: parameters.largestArea)
    }
    let particles = found.map { $0.unbinned(context.binning, shapes) }
    let map = InstanceMap(separate: particles, in: shapes.given)
    let stretch = try context.stretchOfGiven(slices.stretch)

    try session.folder.write(
      map, of: context.given, stretch: stretch, formats: formats.formats, series: series,
      volumes: volumes.format)
    if let places {
      try located.target?.write(map, of: context.given, to: places)
    }
    session.record.add(inputs: [("tomogram", context.tomogramInput), ("sam", samInput)])
    session.record.add(name: located.name)
    session.record.add(points: points)
    session.record.add("parameters", parameters.segmentationJSON)
    session.record.add(
      "particles",
      .array(zip(zip(points, particles), remarks).map { RunRecord.particle($0.0, $0.1, remarks: $1) }))
    session.record.add(counts: [
      "prompts": points.count, "instances": map.instances.count, "semantic_voxels": map.voxels,
    ])
    session.record.add(session.run.work)
    let entries = zip(zip(points, particles), remarks).map { pair, remarks in
      InstanceReport.Entry(pair.0, pair.1, remarks: remarks)
    }
    try session.folder.write(
      InstanceReport(entries, of: context.given, stretch: stretch, record: session.record.json))
    for (index, entry) in entries.enumerated() {
      for remark in entry.remarks { session.remark("point \(index + 1): \(remark)") }
    }
    try session.finish("\(map.instances.count) particles from \(points.count) points")
    try output.check(map.instances.count)
  }
}
