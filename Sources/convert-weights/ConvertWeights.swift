import ArgumentParser
import Checkpoints
import CommandLineKit
import Files

extension WeightElement: ExpressibleByArgument {}

/// Checkpoints of PyTorch and `transformers` in, one safetensors file with the model's configuration out.
struct ConvertWeights: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert-weights",
    abstract: "Converts DINOv2, DINO and Segment Anything checkpoints for cryosam.",
    discussion: """
      INPUT is a .pth file written by torch.save, a .safetensors file with the official names or those of \
      Hugging Face transformers, or the files (or the .index.json) of a model in several files. Nothing in a \
      .pth file is ever executed. Of a training checkpoint the model is taken, and what stands beside it \
      (optimizer, arguments, other networks) is named and left. The model's sizes are read off the names and shapes; a tensor that is \
      missing, unexpected or misshapen is refused by name.

      EXAMPLES
        convert-weights dinov2_vitl14_reg4_pretrain.pth -o dinov2-l.safetensors
        convert-weights sam_vit_h_4b8939.pth -o sam-h.safetensors --dtype f16
        convert-weights model-00001-of-00002.safetensors model-00002-of-00002.safetensors -o sam-h.safetensors
        convert-weights tiny.pth -o tiny.safetensors --heads 3
        convert-weights training.pth -o trained.safetensors --prefix model_ema
      """,
    version: "convert-weights \(Version.current)")

  @Argument(help: ArgumentHelp("Checkpoint files of one model.", valueName: "input"))
  var inputs: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The weights file to write.", valueName: "out.safetensors"))
  var output: String

  @Option(help: "Type in which the weights are stored: f32, f16 or bf16. Arithmetic is float32 in any case.")
  var dtype = WeightElement.f32

  @Option(help: "Attention heads of a DINO encoder whose width is not that of a published model.")
  var heads: Int?

  @Option(
    help: ArgumentHelp(
      "Side of the input that a DINO encoder is meant for, if it is not 518 or near it.", valueName: "pixels")
  )
  var inputSize: Int?

  @Option(
    help: ArgumentHelp(
      "Of a checkpoint of several models: what the names of the wanted one's tensors begin with.",
      valueName: "name"))
  var prefix: String?

  @Flag(help: "Overwrite the output file.")
  var force = false

  @Flag(help: "Show no progress and no notes.")
  var quiet = false

  func run() throws {
    try OutputFile.check(output, force: force, reading: inputs)
    try OutputFile.checkFolder(of: output)
    let checkpoint = try Checkpoint(inputs)
    // Also the files that an index names.
    try OutputFile.check(output, force: force, reading: checkpoint.paths)
    Signals.endCleanly(program: "convert-weights", goingOn: false)
    let conversion = try Conversion(
      checkpoint, heads: heads, inputSide: inputSize, prefix: prefix)
    let megabyte = 1 << 20
    let progress = Progress(
      "converting", (conversion.workload + megabyte - 1) / megabyte, unit: "MB", quiet: quiet)
    var bytes = 0
    try conversion.write(to: output, as: dtype, tool: "convert-weights \(Version.current)") { count in
      let before = bytes / megabyte
      bytes += count
      progress.advance(by: bytes / megabyte - before)
    }
    progress.finish()
    for note in conversion.notes { Output.note(note, quiet: quiet) }
    Output.note("\(output): \(conversion.summary)", quiet: quiet)
  }
}
