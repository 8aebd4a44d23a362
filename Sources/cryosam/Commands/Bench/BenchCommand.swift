import ArgumentParser
import Benchmarks
import CommandLineKit
import FoundationEssentials
import NN
import Volumes

/// `cryosam bench`: how fast this machine does each part of the work.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Check and time the parts of the program on this machine.",
    discussion: """
      EXAMPLES
        cryosam bench --list
        cryosam bench --case dinov2-vitl14-518 --case decoder-64 --threads 2
        cryosam bench --json > bench.jsonl
        cryosam bench --tomogram 200,512,512
        cryosam bench --accuracy --dino dinov2-l.safetensors --sam sam-h.safetensors t.mrc

      Each case is first compared with a plain computation of the same, at a small and at full size; a difference is an
      error. Then it is timed between two runs of the BLAS library's own product of 4096 x 4096 matrices with as many
      threads, and its speed given as a share of that. Weights are random. Each case runs in a process of its own, whose
      peak resident memory is given. All cases take ten to twenty minutes on two cores.

      With --tomogram a slice of each shape that a tomogram of that size has is timed, in each precision, and the time of
      the whole reckoned from that. With --accuracy nothing is timed: a slice goes through the encoders in float32 and in a narrower precision, and the
      error of each block's tokens is given. Without --dino and --sam, both are done with random weights of the full size,
      for --accuracy with channels planted in their middle blocks that are 50 to 100 times as large as the others.
      """)

  @Option(
    name: .customLong("case"),
    help: ArgumentHelp("A case to run; may be repeated (default: all).", valueName: "name"))
  var cases: [CaseName] = []
  @Flag(help: "List the cases.")
  var list = false
  @Option(
    help: ArgumentHelp("Timed runs of each case (default: the case's own number).", valueName: "n"),
    transform: within(1...Int.max))
  var repeats: Int?
  @Option(
    help: ArgumentHelp(
      "What the encoders' linear layers compute with (default: float32; with --accuracy int8, with --tomogram each in turn).",
      valueName: "precision"))
  var precision: Precision?
  @Option(
    help: ArgumentHelp("Folder for the files of some cases (default: TMPDIR or /tmp).", valueName: "folder"))
  var scratch: String?
  @Option(
    name: .customLong("tomogram"),
    help: ArgumentHelp(
      "Reckon the times of a tomogram of this size, in voxels.", valueName: "depth,height,width"))
  var size: ShapeArgument?
  @Flag(help: "Give the errors of a narrower precision by block, in place of times.")
  var accuracy = false
  @Option(help: ArgumentHelp("For these: weights of DINOv2 or DINO.", valueName: "weights.safetensors"))
  var dino: String?
  @Option(help: ArgumentHelp("For these: weights of SAM.", valueName: "weights.safetensors"))
  var sam: String?
  @Argument(
    help: ArgumentHelp(
      "With --accuracy: a tomogram, whose middle slice is taken; without it, random numbers are.",
      valueName: "tomo.mrc"))
  var tomogram: String?
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func validate() throws {
    let isCases = list || !cases.isEmpty || repeats != nil
    guard [accuracy, size != nil, isCases].filter({ $0 }).count <= 1 else {
      throw ValidationError("'--accuracy', '--tomogram' and cases are not done at once")
    }
    guard accuracy || size != nil || (dino == nil && sam == nil) else {
      throw ValidationError("'--dino' and '--sam' are for '--accuracy' and '--tomogram'")
    }
    guard accuracy || tomogram == nil else {
      throw ValidationError("a tomogram is for '--accuracy'; '--tomogram' takes a size, such as 200,512,512")
    }
    guard !accuracy || precision != .float32 else {
      throw ValidationError("'--accuracy' compares with float32: give --precision int8 or bfloat16")
    }
  }

  func run() throws {
    if accuracy || size != nil { try common.prepareForNetworks() }
    if accuracy { return try reportAccuracy() }
    if let size { return try reportTimes(size.shape) }
    let all = Benchmark.all(precision ?? .float32)
    let chosen = cases.isEmpty ? all : cases.compactMap { wanted in all.first { $0.name == wanted.name } }
    if list {
      for benchmark in chosen { Output.line(benchmark.listing) }
      return
    }
    if chosen.count == 1 { return try run(chosen[0]) }
    var worst: Int32 = 0
    for benchmark in chosen {
      let code = try ChildProcess.run(arguments(for: benchmark))
      if worst == 0 { worst = code }
    }
    if worst != 0 { throw ExitCode(worst) }
  }

  private func run(_ benchmark: Benchmark) throws {
    try common.prepareForNetworks()
    let quiet = common.quiet
    let folder = scratch ?? ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
    let runner = BenchmarkRunner(repeats: repeats, scratch: folder) { Output.note($0, quiet: quiet) }
    let measurement = try runner(benchmark)
    Output.line(result.json ? measurement.json.text : measurement.text)
  }

  /// This command for one case.
  private func arguments(for benchmark: Benchmark) -> [String] {
    var arguments = ["bench", "--case", benchmark.name]
    if let precision { arguments += ["--precision", precision.rawValue] }
    if let repeats { arguments += ["--repeats", "\(repeats)"] }
    if let scratch { arguments += ["--scratch", scratch] }
    if let threads = common.threads { arguments += ["--threads", "\(threads)"] }
    if common.quiet { arguments.append("--quiet") }
    if result.json { arguments.append("--json") }
    return arguments
  }
}

/// `200,512,512`: depth, height and width in voxels.
struct ShapeArgument: ExpressibleByArgument {
  let shape: VolumeShape

  init?(argument: String) {
    let sides = argument.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
    guard sides.count == 3, sides.allSatisfy({ (1...1 << 14).contains($0) }) else { return nil }
    shape = VolumeShape(sides[0], sides[1], sides[2])
  }
}

/// The name of a case.
struct CaseName: ExpressibleByArgument {
  let name: String

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument) else { return nil }
    name = argument
  }

  static var allValueStrings: [String] { Benchmark.all().map(\.name) }
}
