import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Images
import Points
import Runs
import Volumes

/// `--iou` and the others of stage 2.
struct SegmentationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Least overlap (IoU) of the masks on neighbouring slices; below it a propagation ends (default: \(PipelineParameters.usual.leastIoU), or as the weights recommend).",
      valueName: "share"),
    transform: within(PipelineParameters.leastIoURange))
  var iou: Double?

  @Option(
    help: ArgumentHelp(
      "Largest mask on one slice, in voxels (default: \(PipelineParameters.usual.largestArea), or as the weights recommend).",
      valueName: "voxels"),
    transform: within(PipelineParameters.largestAreaRange))
  var maxArea: Int?

  @Option(
    help: ArgumentHelp(
      "The particle's diameter, in voxels or with an A in Angstroms (25, 250A): sets --max-area, how near to each other particles may be, and what size --size compares with (default: as the prompted particles' masks have it).",
      valueName: "d"))
  var diameter: Length?

  /// The diameter, and whether it leaves the largest area as it is.
  var diameterIfGiven: (length: Length, keepsArea: Bool)? { diameter.map { ($0, maxArea != nil) } }

  @Option(help: ArgumentHelp("Axes to propagate along: some of z, y, x (default: zyx).", valueName: "axes"))
  var axes: AxisList?

  @Option(
    help: ArgumentHelp(
      "What of a point's masks is the particle: their union as in the paper, or its one piece (particle) (default: as the profile has it).",
      valueName: "form"))
  var masks: MaskForm?

  @OptionGroup(title: "Segmentation") var contrast: ContrastOptions

  func set(_ parameters: inout PipelineParameters) {
    if let iou { parameters.leastIoU = iou }
    if let maxArea { parameters.largestArea = maxArea }
    if let masks { parameters.masks = masks }
    if let axes { parameters.axes = axes.axes }
    contrast.set(&parameters)
  }
}

/// `--contrast`, `--invert`: the slices as SAM sees them.
struct ContrastOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Percentiles of the voxels that become black and white in SAM's images (default: \(Percentiles.usual)).",
      valueName: "low,high"))
  var contrast: Percentiles?

  @Flag(help: "Show SAM the slices with black and white exchanged.")
  var invert = false

  /// Whether none of them is given.
  var isUsual: Bool { contrast == nil && !invert }

  func set(_ parameters: inout PipelineParameters) {
    if let contrast { parameters.contrast = contrast }
    parameters.inverted = invert
  }
}
