import ArgumentParser
import CommandLineKit
import Cryo
import DINOv2
import Files
import NN

/// `--point` and `--prompts`: where the user's particles are.
struct PromptOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Points on particles: STAR, CSV or text (may be repeated).", valueName: "file"))
  var prompts: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A point on a particle, in voxels (may be repeated).", valueName: "x,y,z"))
  var point: [PointArgument] = []

  func validate() throws {
    if prompts.isEmpty && point.isEmpty {
      throw ValidationError("No particle is pointed at: give --point or --prompts")
    }
  }
}

/// `--iou` and the others of stage 2.
struct SegmentationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Least overlap (IoU) of the masks on neighbouring slices; below it a propagation ends.",
      valueName: "share"))
  var iou = 0.5

  @Option(help: ArgumentHelp("Largest mask on one slice, in voxels.", valueName: "voxels"))
  var maxArea = 32 * 32

  @Option(help: ArgumentHelp("Axes to propagate along: some of z, y, x (default: zyx).", valueName: "axes"))
  var axes: AxisList?

  @OptionGroup(title: "Segmentation") var contrast: ContrastOptions

  func validate() throws {
    try check(iou, "--iou", 0...1)
    guard maxArea >= 1 else { throw ValidationError("'--max-area' must be at least 1") }
  }

  func set(_ parameters: inout PipelineParameters) {
    parameters.leastIoU = iou
    parameters.largestArea = maxArea
    if let axes { parameters.axes = axes.axes }
    contrast.set(&parameters)
  }
}

/// `--contrast`, `--invert`: the slices as SAM sees them.
struct ContrastOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Percentiles of the voxels that become black and white in SAM's images (default: 0.5,99.5).",
      valueName: "low,high"))
  var contrast: PercentilePair?

  @Flag(help: "Show SAM the slices with black and white exchanged.")
  var invert = false

  /// Whether none of them is given.
  var isUsual: Bool { contrast == nil && !invert }

  func set(_ parameters: inout PipelineParameters) {
    if let contrast { parameters.contrast = (contrast.low, contrast.high) }
    parameters.inverted = invert
  }
}

/// `--matching` and the others of stage 4.
struct MatchingOptions: ParsableArguments {
  @Option(help: "How to search: coarse to fine as in the paper, or every voxel.")
  var matching = Matching.hierarchical

  @Option(help: ArgumentHelp("Proposals kept, the most similar ones.", valueName: "n"))
  var topK = 512

  @Option(help: ArgumentHelp("Least cosine similarity of a proposal.", valueName: "cosine"))
  var similarity = 0.5

  func validate() throws {
    try check(similarity, "--similarity", -1...1)
    guard topK >= 1 else { throw ValidationError("'--top-k' must be at least 1") }
  }

  func set(_ parameters: inout PipelineParameters) {
    parameters.matching = matching
    parameters.topK = topK
    parameters.leastSimilarity = similarity
  }
}

/// `--dino`, `--features`, `--dino-size`.
struct FeatureOptions: ParsableArguments {
  @Option(help: ArgumentHelp("DINOv2's or DINO's weights, from convert-weights.", valueName: "weights"))
  var dino: String?

  @Option(
    help: ArgumentHelp(
      "Whose features are matched: dinov2, dino or sam (default: those of the weights at --dino). sam takes SAM's own embeddings and needs no --dino.",
      valueName: "network"))
  var features: FeatureExtractor?

  @Option(
    help: ArgumentHelp(
      "Side of the feature encoder's input in pixels, a multiple of its patch size (default: the model's own, else 518 or the next smaller multiple).",
      valueName: "pixels"))
  var dinoSize: Int?

  func validate() throws {
    guard (1...4096).contains(dinoSize ?? 1) else {
      throw ValidationError("'--dino-size' must be between 1 and 4096")
    }
    if features == .sam {
      if dino != nil { throw ValidationError("'--features sam' matches SAM's features: leave '--dino' out") }
      if dinoSize != nil { throw ValidationError("'--dino-size' is not for '--features sam'") }
    } else if dino == nil {
      throw ValidationError("Missing expected argument '--dino <weights>' (or '--features sam')")
    }
  }

  /// - Throws: `Failure` if the weights file cannot be read.
  func set(_ parameters: inout PipelineParameters) throws {
    parameters.features = features
    guard let dino else { return }
    let file = try SafetensorsFile(dino)
    let usual = try DINOEncoder.configuration(file).usualInputSide
    parameters.featureInputSide = dinoSize ?? usual
    parameters.features = try features ?? FeatureExtractor(file)
  }
}

/// `--sam`, `--contrast`, `--invert`, for commands that need SAM for its features alone.
struct SAMFeatureOptions: ParsableArguments {
  @Option(help: ArgumentHelp("SAM's weights, for --features sam.", valueName: "weights"))
  var sam: String?

  @OptionGroup(title: "Features") var contrast: ContrastOptions

  /// The features that are matched, and the weights they are by.
  ///
  /// - Throws: `Failure` if the weights cannot be used, or `ValidationError` if they are not given.
  func features(
    _ run: RunContext, _ options: FeatureOptions
  ) throws -> (features: SliceFeatures, input: (role: String, input: RunRecord.Input)) {
    if let dino = options.dino {
      let (features, input) = try run.features(dino)
      return (features, ("dino", input))
    }
    let (slices, input) = try run.slices(try weights())
    return (SliceFeatures(slices), ("sam", input))
  }

  /// - Throws: `ValidationError` if they are missing.
  func check(_ options: FeatureOptions) throws {
    if options.features == .sam { _ = try weights() }
    if options.features != .sam && (sam != nil || !contrast.isUsual) {
      throw ValidationError("'--sam', '--contrast' and '--invert' are for '--features sam' alone")
    }
  }

  private func weights() throws -> String {
    guard let sam else { throw ValidationError("'--features sam' needs '--sam <weights>'") }
    return sam
  }
}

/// `--memory-limit`.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Memory for slices' features and embeddings; the rest is read from the cache when needed (default: a quarter of the machine's, at most 4).",
      valueName: "gb"))
  var memoryLimit: Double?

  func validate() throws {
    if let memoryLimit { try check(memoryLimit, "--memory-limit", 0...1_000_000) }
  }

  var bytes: Int { memoryLimit.map { Int($0 * 1e9) } ?? RunContext.usualMemory }
}

/// `-o`, `--force`.
struct OutputOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the results.", valueName: "folder"))
  var output: String

  @Flag(help: "Replace results that are in the folder already.")
  var force = false
}

func check(_ value: Double, _ option: String, _ range: ClosedRange<Double>) throws {
  guard range.contains(value) else {
    throw ValidationError("'\(option)' must be between \(range.lowerBound) and \(range.upperBound)")
  }
}

extension Matching: ExpressibleByArgument {}
extension Profile: ExpressibleByArgument {}
extension FeatureExtractor: ExpressibleByArgument {}

/// `zyx`, `z`, `yx` ...: each axis at most once.
struct AxisList: ExpressibleByArgument {
  let axes: [Axis]

  init?(argument: String) {
    let named = argument.map { letter in Axis.allCases.first { $0.name == String(letter) } }
    let found = named.compactMap { $0 }
    guard !found.isEmpty, found.count == named.count, Set(found).count == found.count else { return nil }
    axes = Axis.allCases.filter(found.contains)
  }
}

/// `0.5,99.5`
struct PercentilePair: ExpressibleByArgument {
  let low: Double
  let high: Double
  static let usual = PercentilePair(low: 0.5, high: 99.5)

  init(low: Double, high: Double) { (self.low, self.high) = (low, high) }

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1] else { return nil }
    guard low >= 0, low < high, high <= 100 else { return nil }
    self.init(low: low, high: high)
  }
}

/// `X,Y,Z` in voxels.
struct PointArgument: ExpressibleByArgument {
  let point: VoxelPoint

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 3, let x = numbers[0], let y = numbers[1], let z = numbers[2] else { return nil }
    guard x.isFinite, y.isFinite, z.isFinite else { return nil }
    point = VoxelPoint(x: x, y: y, z: z)
  }
}
