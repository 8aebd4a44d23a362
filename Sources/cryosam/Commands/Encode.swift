import ArgumentParser
import CommandLineKit
import Cryo
import DINOv2
import Files
import Images
import NN
import SAM
import Volumes

/// `cryosam encode`: one image through one encoder.
struct Encode: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run one encoder on one image and write its output tensors.",
    discussion: """
      The input is a preprocessed tensor (float32 [1, 3, H, W]), an image, or a slice of a tomogram. Images for \
      DINOv2 and DINO are resized to --size (bilinear, corners aligned) and normalised by ImageNet's mean and \
      deviation; slices as segment does it, by the tomogram's own. SAM's preprocessing is the official one. The \
      output holds x_norm_clstoken, x_norm_regtokens and x_norm_patchtokens, or image_embedding; with --trace also \
      the input, patch_embedding, tokens, every block's parts (block.0.norm1, block.0.qkv ...) and outputs (block.0, \
      block.1 ...), in the order of computation. docs/tracing.md says what each is. Parts of more than --trace-limit \
      elements are sampled; tokens, block outputs and results are whole.

      EXAMPLES
        cryosam encode dinov2 --weights dinov2-l.safetensors --tensor in.npy -o out.safetensors --trace
        cryosam encode dinov2 --weights dinov2-l.safetensors --tensor in.npy -o ours.safetensors --trace
        cryosam compare official.safetensors ours.safetensors --l2 2e-5 --html compared.html
        cryosam encode sam --weights sam-h.safetensors --image slice.png -o out.safetensors
        cryosam encode dinov2 --weights dinov2-l.safetensors --tomogram t.mrc --axis z --index 32 -o out.safetensors
      """)

  enum Model: String, ExpressibleByArgument, CaseIterable { case dinov2, dino, sam }

  @Argument(help: "The encoder: dinov2, dino or sam.")
  var model: Model

  @Option(help: ArgumentHelp("Weights, from convert-weights.", valueName: "weights.safetensors"))
  var weights: String

  @Option(help: ArgumentHelp("A preprocessed float32 array [1, 3, H, W] or [3, H, W].", valueName: "in.npy"))
  var tensor: String?

  @Option(help: ArgumentHelp("An image: PNG, or NPY of uint8.", valueName: "in.png"))
  var image: String?

  @Option(help: ArgumentHelp("A tomogram, of which one slice is encoded.", valueName: "tomo.mrc"))
  var tomogram: String?

  @Option(help: "The axis across which the tomogram is cut: z, y or x.")
  var axis = AxisArgument(.z)

  @Option(help: "The slice's number, from 0.")
  var index: Int?

  @Option(
    help: ArgumentHelp(
      "Side of the input of DINOv2 and DINO for images and slices (default: the model's own).",
      valueName: "pixels"), transform: within(1...1 << 14))
  var size: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("What the encoder's linear layers compute with.", valueName: "precision"))
  var precision = Precision.float32

  @OptionGroup var tracing: TraceOptions

  @Flag(help: "Overwrite the output file.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [tensor, image, tomogram].filter({ $0 != nil }).count == 1 else {
      throw ValidationError("Give one of --tensor, --image and --tomogram")
    }
    guard (tomogram == nil) == (index == nil) else {
      throw ValidationError("--tomogram and --index go together")
    }
  }

  func run() throws {
    try common.prepareForNetworks()
    try OutputFile.check(output, force: force, reading: [weights, tensor, image, tomogram])
    try OutputFile.checkFolder(of: output)
    let file = try SafetensorsFile(weights)
    let family = try file.family()
    guard family == model.rawValue else {
      throw Failure(
        .badData, path: weights, "holds a model of the family '\(family)', not '\(model.rawValue)'",
        remedy: "give the weights of that encoder, or name '\(family)' on the command line")
    }
    let trace = tracing.traceIfWanted
    let result = model == .sam ? try encodeWithSAM(file, trace) : try encodeWithDINO(file, trace)
    let traced = trace?.tensors ?? []
    try SafetensorsFile.write(
      traced.map { ($0.name, $0.tensor) } + result, metadata: SafetensorsFile.samplingMetadata(traced),
      to: output)
    for traced in traced { Output.note(traced.line, quiet: common.quiet) }
    for (name, tensor) in result { Output.note("\(name)  \(tensor.shape)", quiet: common.quiet) }
  }

  private func encodeWithDINO(
    _ file: SafetensorsFile, _ trace: Trace?
  ) throws -> [(name: String, tensor: Tensor)] {
    let encoder = try DINOEncoder(file, precision: precision)
    let patch = encoder.configuration.patchSize
    let pixels: Tensor
    if let tensor {
      pixels = try pixelTensor(tensor)
      let (height, width) = (pixels.shape[1], pixels.shape[2])
      let isWhole = height % patch == 0 && width % patch == 0
      guard min(height, width) >= patch, isWhole || model == .dino else {
        throw Failure(
          .badData, path: tensor, "is \(height) x \(width), not a multiple of the patch size \(patch)",
          remedy: "pad or resize the input")
      }
    } else {
      let side = try encoder.configuration.inputSide(size, option: "--size")
      pixels =
        try image.map { EncoderInput.imageNet(try ImageFile.read($0), side: side) } ?? slicePixels(side)
    }
    let features = encoder(pixels, trace: trace)
    let registers = encoder.configuration.registers > 0
    return [("x_norm_clstoken", features.classToken)]
      + (registers ? [("x_norm_regtokens", features.registerTokens)] : [])
      + [("x_norm_patchtokens", features.patchTokens)]
  }

  private func encodeWithSAM(
    _ file: SafetensorsFile, _ trace: Trace?
  ) throws -> [(name: String, tensor: Tensor)] {
    let sam = try SegmentAnything(file, precision: precision)
    let side = sam.configuration.imageSize
    let pixels: Tensor
    if let tensor {
      pixels = try pixelTensor(tensor)
      guard pixels.shape == [3, side, side] else {
        throw Failure(
          .badData, path: tensor,
          "has the shape \(pixels.shape), but this model's input is [1, 3, \(side), \(side)]",
          remedy: "preprocess with padding, as the official predictor does")
      }
    } else {
      pixels = sam.transform.preprocessed(
        sam.transform.resized(try image.map { try ImageFile.read($0) } ?? sliceImage()))
    }
    let embedding = sam.encode(pixels, trace: trace)
    return [("image_embedding", channelsFirst(embedding, side: sam.configuration.grid))]
  }

  /// The array in `path` as `[3, H, W]`.
  private func pixelTensor(_ path: String) throws -> Tensor {
    let file = try NPYFile(path)
    let shape = file.shape.count == 4 && file.shape[0] == 1 ? Array(file.shape.dropFirst()) : file.shape
    guard file.element == .float32, shape.count == 3, shape[0] == 3, shape[1] > 0, shape[2] > 0 else {
      throw Failure(
        .badData, path: path, "holds \(file.element.name) of shape \(file.shape)",
        remedy: "give float32 of shape [1, 3, H, W]")
    }
    return Tensor(shape, file.floats)
  }

  private func slice() throws -> (tomogram: Tomogram, plane: Plane) {
    try TomogramPath.check(tomogram ?? "")
    let tomogram = try Tomogram(tomogram ?? "", cleaning: .usual)
    let (index, count) = (index ?? 0, tomogram.shape[axis.axis])
    guard (0..<count).contains(index) else {
      throw Failure(
        .usage, path: tomogram.path, "has no slice \(index) across \(axis.axis.name)",
        remedy: "give --index from 0 to \(count - 1)")
    }
    return (tomogram, tomogram.plane(axis.axis, index))
  }

  private func slicePixels(_ side: Int) throws -> Tensor {
    let (tomogram, plane) = try slice()
    return EncoderInput(tomogram.statistics, side: side)(plane)
  }

  private func sliceImage() throws -> RGBImage {
    let (tomogram, plane) = try slice()
    return try ContrastStretch(tomogram, .usual, inverted: false)(plane)
  }
}
