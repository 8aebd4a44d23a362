import ArgumentParser
import CommandLineKit
import Files
import Images
import NN
import SAM

/// `cryosam predict`: SAM alone, on one image.
struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask SAM about one image: points, a box, a mask, or several of them together.",
    discussion: """
      Coordinates are pixels of the image, X to the right, Y down, the centre of the first pixel at 0,0. A label is \
      1 for foreground (the default), 0 for background, -1 for padding. The output holds masks (U8, [K, H, W]), \
      iou_predictions [K] and low_res_logits [K, 4g, 4g]; K is 3, or 1 with --single-mask. With --trace it also holds \
      what is computed on the way, from the encoder's input to the decoder's last layer, in that order: \
      docs/tracing.md says what each is. Parts of more than --trace-limit elements are sampled.

      EXAMPLES
        cryosam predict --weights sam-h.safetensors --image slice.png --point 256,216 -o masks.safetensors
        cryosam predict --weights sam-h.safetensors --image slice.npy --point 320,240 --point 96,96,0 \\
          --box 160,96,480,384 --single-mask -o masks.safetensors --png masks.png
        cryosam predict --weights sam-h.safetensors --image slice.npy --point 256,216 --trace -o ours.safetensors
      """)

  @Option(help: ArgumentHelp("SAM weights, from convert-weights.", valueName: "sam.safetensors"))
  var weights: String

  @Option(
    help: ArgumentHelp("The image: PNG, or NPY of uint8 [H, W, 3] or [H, W].", valueName: "in.png|in.npy"))
  var image: String

  @Option(
    name: .customLong("point"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A point; may be repeated.", valueName: "x,y[,label]"))
  var points: [ImagePoint] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("A box.", valueName: "x0,y0,x1,y1"))
  var box: ImageBox?

  @Option(
    help: ArgumentHelp("Low-resolution logits as mask prompt, float32 [4g, 4g].", valueName: "lowres.npy"))
  var maskInput: String?

  @Flag(help: "One mask instead of three candidates.")
  var singleMask = false

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "out.safetensors"))
  var output: String

  @Option(help: ArgumentHelp("Also draw the best mask on the image.", valueName: "out.png"))
  var png: String?

  @Option(help: ArgumentHelp("What the encoder's linear layers compute with.", valueName: "precision"))
  var precision = Precision.float32

  @OptionGroup var tracing: TraceOptions

  @Flag(help: "Overwrite the output files.")
  var force = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !points.isEmpty || box != nil || maskInput != nil else {
      throw ValidationError("Nothing is asked: give --point, --box or --mask-input")
    }
  }

  func run() throws {
    try common.prepareForNetworks()
    try OutputFile.check(output, png, force: force, reading: [weights, image, maskInput])
    try OutputFile.checkFolder(of: output)
    let picture = try ImageFile.read(image)
    let sam = try SegmentAnything(SafetensorsFile(weights), precision: precision)
    let prompt = Prompt(points: points.map(\.point), box: box?.box, mask: try mask(sam.configuration))
    let trace = tracing.traceIfWanted
    let image = sam.embed(picture, trace: trace)
    trace?(whole: "image_embedding", channelsFirst(image.embedding, side: sam.configuration.grid))
    let answer = sam.predict(image, [prompt], multimask: !singleMask, trace: trace)[0]

    let count = answer.masks.count
    let traced = trace?.tensors ?? []
    try SafetensorsFile.write(
      traced.map { ($0.name, .tensor($0.tensor)) } + [
        ("iou_predictions", .tensor(Tensor([count], answer.predictedIoU))),
        ("low_res_logits", .tensor(answer.lowResolutionLogits)),
        (
          "masks",
          .bytes(.u8, [count, picture.height, picture.width], answer.masks.flatMap(\.bytes))
        ),
      ], metadata: SafetensorsFile.samplingMetadata(traced), to: output)
    let best = answer.predictedIoU.indices.max { answer.predictedIoU[$0] < answer.predictedIoU[$1] } ?? 0
    if let png { try PNGFile.write(picture.overlaid(with: answer.masks[best]), to: png) }
    for index in 0..<count {
      Output.note(
        "mask \(index): \(answer.masks[index].area) pixels, predicted IoU \(decimal(Double(answer.predictedIoU[index]), places: 4))",
        quiet: common.quiet)
    }
  }

  /// The mask prompt, if there is one.
  private func mask(_ configuration: SAMConfiguration) throws -> Tensor? {
    guard let maskInput else { return nil }
    let file = try NPYFile(maskInput)
    let side = configuration.lowResolutionSide
    guard [[side, side], [1, side, side], [1, 1, side, side]].contains(file.shape) else {
      throw Failure(
        .badData, path: maskInput, "holds an array of shape \(file.shape), not [\(side), \(side)]",
        remedy: "give the low_res_logits of an earlier prediction by this model")
    }
    return Tensor([side, side], file.floats)
  }
}

/// `X,Y[,LABEL]` on the command line.
struct ImagePoint: ExpressibleByArgument {
  let point: Prompt.Point

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let x = Double(parts[0]), let y = Double(parts[1]), x.isFinite,
      y.isFinite
    else { return nil }
    guard let label = parts.count == 3 ? Int(parts[2]) : 1, (-1...1).contains(label) else { return nil }
    point = Prompt.Point(x: x, y: y, label: label)
  }
}

/// `X0,Y0,X1,Y1` on the command line.
struct ImageBox: ExpressibleByArgument {
  let box: Prompt.Box

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    let values = numbers.compactMap { $0 }.filter(\.isFinite)
    guard numbers.count == 4, values.count == 4 else { return nil }
    box = Prompt.Box(x0: values[0], y0: values[1], x1: values[2], y1: values[3])
  }
}
