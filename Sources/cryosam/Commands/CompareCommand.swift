import ArgumentParser
import CommandLineKit
import Comparison
import Files
import NN

/// `cryosam compare`: two safetensors files, tensor by tensor.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two safetensors files, tensor by tensor.",
    discussion: """
      A tensor passes if every element of the second differs from the first by at most atol + rtol x |first|. With \
      --l2 it passes if its relative L2 error, |second - first| / |first|, is at most that, or, for whole numbers (masks), \
      if no more than the share --differing of the elements differ. Traces are gone through in the order in which the \
      networks compute, other files in the first one's order. For a tensor that fails, the first place is given at \
      which both part: with --l2 the first element that is off by more than that share of the tensor's root mean square. \
      Exit code 0: all pass; 1: some tensor differs or is in one file only; 65: a file cannot be used.

      EXAMPLES
        cryosam compare official.safetensors ours.safetensors --atol 1e-4
        cryosam compare a.safetensors b.safetensors --rtol 0 --atol 0
        cryosam compare official.safetensors ours.safetensors --l2 2e-5 --html growth.html
        cryosam compare official.safetensors ours.safetensors --l2 2e-5 --markdown
      """)

  /// The exit code for files that differ, as of diff(1).
  static let differs = ExitCode(1)

  @Argument(help: "The reference.")
  var first: String

  @Argument(help: "What is compared with it.")
  var second: String

  @Option(help: ArgumentHelp("Relative tolerance.", valueName: "r"))
  var rtol = 1e-5

  @Option(help: ArgumentHelp("Absolute tolerance.", valueName: "a"))
  var atol = 1e-5

  @Option(help: ArgumentHelp("Judge by the relative L2 error of each tensor instead.", valueName: "error"))
  var l2: Double?

  @Option(
    help: ArgumentHelp(
      "With --l2: the share of a mask's or another whole-number tensor's elements that may differ.",
      valueName: "share"))
  var differing = 1e-4

  @Option(help: ArgumentHelp("Also draw how the error grows along the network.", valueName: "out.html"))
  var html: String?

  @Flag(help: "Print a Markdown table; tensors whose names differ in numbers only share a row.")
  var markdown = false

  @Flag(help: "Overwrite the HTML file.")
  var force = false

  @OptionGroup var output: JSONOption

  func validate() throws {
    let limits = [("rtol", rtol), ("atol", atol), ("l2", l2 ?? 0), ("differing", differing)]
    for (name, value) in limits where !(value >= 0 && value.isFinite) {
      throw ValidationError("The value '\(value)' is invalid for '--\(name)': it must not be negative")
    }
    guard !(markdown && output.json) else { throw ValidationError("Give one of --markdown and --json") }
  }

  private var tolerance: ComparisonTolerance {
    l2.map { .relativeL2($0, differing: differing) } ?? .elements(relative: rtol, absolute: atol)
  }

  func run() throws {
    try OutputFile.check(html, force: force, reading: [first, second])
    let comparison = try FileComparison(
      try SafetensorsFile(first), try SafetensorsFile(second), tolerance: tolerance)
    if let html {
      let page = ComparisonPage(comparison, first: first, second: second)
      try AtomicFile.write(Array(page.text.utf8), to: html)
    }
    if output.json {
      Output.json(comparison.json)
    } else {
      for line in markdown ? comparison.markdown : comparison.lines { Output.line(line.printableLine) }
    }
    if !comparison.failures.isEmpty { throw Self.differs }
  }
}
