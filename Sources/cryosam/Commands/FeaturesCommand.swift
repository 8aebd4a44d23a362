import ArgumentParser
import CommandLineKit
import Cryo

/// `cryosam features`: stage 1 alone.
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Encode the slices of a tomogram into a cache, for segment and match.",
    discussion: """
      EXAMPLES
        cryosam features tomo.mrc --dino dinov2.safetensors --cache cache
        cryosam features tomo.mrc --dino dinov2.safetensors --cache cache --shard 2/8
        cryosam features tomo.mrc --features sam --sam sam.safetensors --cache cache

      Slices that are there already are checked and left as they are, so it can be interrupted and started again at
      any time. With --shard I/N (1 to N) N machines that share the folder do a part each.
      """)

  @OptionGroup var tomogram: TomogramOptions
  @Option(help: ArgumentHelp("Folder that keeps the features of slices.", valueName: "folder"))
  var cache: String
  @Option(help: ArgumentHelp("Do the ith of n interleaved parts.", valueName: "i/n"))
  var shard = Shard.all
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Features") var sam: SAMFeatureOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup(title: "Voxels") var voxels: VoxelOptions
  @OptionGroup var common: CommonOptions

  func validate() throws { try sam.check(features) }

  func run() throws {
    var parameters = PipelineParameters()
    try features.set(&parameters)
    voxels.set(&parameters)
    sam.contrast.set(&parameters)
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
    let encoded = try sam.features(&run, features, precision).features
    let slices = encoded.slices(shard: shard.index, of: shard.count)
    let progress = observer.begin(Stage.features.rawValue, total: slices.count, unit: "slices")
    let made = try encoded.extract(slices, progress: progress)
    progress.finish()
    Output.line("\(made) slices encoded, \(slices.count - made) were there, in \(encoded.folder)")
  }
}

/// `2/8`: the second of eight parts.
struct Shard: ExpressibleByArgument {
  /// From 0.
  let index: Int
  let count: Int
  static let all = Shard(index: 0, count: 1)

  init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

  init?(argument: String) {
    let numbers = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let part = numbers[0], let count = numbers[1] else { return nil }
    guard count >= 1, (1...count).contains(part) else { return nil }
    self.init(index: part - 1, count: count)
  }

  var defaultValueDescription: String { "\(index + 1)/\(count)" }
}
