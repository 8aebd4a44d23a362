import ArgumentParser
import CommandLineKit
import Cryo

/// `cryosam embeddings`: the slices for SAM, before anything is pointed at.
struct EmbeddingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embeddings",
    abstract: "Encode the slices of a tomogram by SAM into a cache, for segment and instance.",
    discussion: """
      EXAMPLES
        cryosam embeddings tomo.mrc --sam sam.safetensors --cache cache
        cryosam embeddings tomo.mrc --sam sam.safetensors --cache cache --shard 2/8

      Slices that are there already are checked and left as they are, so it can be interrupted and started again at
      any time. With --shard I/N (1 to N) N machines that share the folder do a part each. What changes the slices as SAM
      sees them (--contrast, --invert, --fill, --clip, --precision) must be given to segment too.
      """)

  @OptionGroup var tomogram: TomogramOptions
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @Option(help: ArgumentHelp("Folder that keeps the embeddings of slices.", valueName: "folder"))
  var cache: String
  @Option(help: ArgumentHelp("Do the ith of n interleaved parts.", valueName: "i/n"))
  var shard = Shard.all
  @Option(
    help: ArgumentHelp("Axes to encode slices across: some of z, y, x (default: zyx).", valueName: "axes"))
  var axes: AxisList?
  @OptionGroup(title: "Segmentation") var contrast: ContrastOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    var parameters = PipelineParameters()
    if let axes { parameters.axes = axes.axes }
    voxels.set(&parameters)
    contrast.set(&parameters)
    precision.set(&parameters)
    try parameters.validate()
    let located = try tomogram.located(voxels.level)
    try TomogramPath.check(located.path)
    try common.prepareForNetworks()
    Signals.endCleanly(goingOn: true)
    let observer = CommandLineObserver(common)
    // Nothing is read twice here.
    var run = try RunContext(
      located.path, name: located.name, cache: cache, memoryLimit: 0, parameters: parameters,
      observer: observer)
    let (networks, _) = try run.networks(dino: nil, sam: sam, at: [], precision)
    let encoded = SliceFeatures(networks.sam.slices)
    let all = encoded.slices().filter { run.parameters.axes.contains($0.axis) }
    let slices = stride(from: shard.index, to: all.count, by: shard.count).map { all[$0] }
    let progress = observer.begin("embeddings", total: slices.count, unit: "slices")
    let made = try encoded.extract(slices, progress: progress)
    progress.finish()
    Output.line("\(made) slices encoded, \(slices.count - made) were there, in \(encoded.folder)")
  }
}
