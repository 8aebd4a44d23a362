import ArgumentParser
import CommandLineKit
import Cryo
import DINOv2
import Files
import Images
import NN
import Points
import Runs
import Volumes

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
      valueName: "pixels"), transform: within(PipelineParameters.featureInputSideRange))
  var dinoSize: Int?

  func validate() throws {
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
    parameters.featureInputSide = try dinoSize ?? DINOEncoder.configuration(file).usualInputSide
    parameters.features = try features ?? FeatureExtractor(file)
  }
}

/// `--sam`, `--contrast`, `--invert`, for commands that need SAM for its features alone.
struct SAMFeatureOptions: ParsableArguments {
  @Option(help: ArgumentHelp("SAM's weights, for --features sam.", valueName: "weights"))
  var sam: String?

  @OptionGroup(title: "Features") var contrast: ContrastOptions

  /// The features that are matched, and the weights they are by, in the precision asked for if that comes near to float32.
  ///
  /// - Throws: `Failure` if the weights cannot be used, `ValidationError` if they are not given.
  func features(
    _ run: inout RunContext, _ options: FeatureOptions, _ precision: PrecisionOptions
  ) throws -> (features: SliceFeatures, input: (role: String, input: RunRecord.Input), check: PrecisionCheck?)
  {
    if let remark = precision.precision.remark { run.observer.note(remark) }
    if let dino = options.dino {
      let (features, input) = try run.features(dino)
      let check = try precision.settle(
        &run, run.precisionCheck((of: features, weights: dino), nil, at: []))
      let isLeft = check.map { !$0.holds } ?? false
      return (isLeft ? try run.features(dino).features : features, ("dino", input), check)
    }
    let weights = try weights()
    let (slices, input) = try run.slices(weights)
    let check = try precision.settle(&run, run.precisionCheck(nil, (of: slices, weights: weights), at: []))
    let isLeft = check.map { !$0.holds } ?? false
    return (SliceFeatures(isLeft ? try run.slices(weights).slices : slices), ("sam", input), check)
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
