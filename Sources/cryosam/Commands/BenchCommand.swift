import ArgumentParser
import Benchmarks
import CommandLineKit
import FoundationEssentials
import NN
import Runs

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

      Each case is first compared with a plain computation of the same, at a small and at full size; a difference is an
      error. Then it is timed between two runs of the BLAS library's own product of 4096 x 4096 matrices with as many
      threads, and its speed given as a share of that. Weights are random. Each case runs in a process of its own, whose
      peak resident memory is given. All cases take ten to twenty minutes on two cores.
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
  @Option(help: ArgumentHelp("What the encoders' linear layers compute with.", valueName: "precision"))
  var precision = Precision.float32
  @Option(
    help: ArgumentHelp("Folder for the files of some cases (default: TMPDIR or /tmp).", valueName: "folder"))
  var scratch: String?
  @OptionGroup var common: CommonOptions
  @OptionGroup var result: JSONOption

  func run() throws {
    let all = Benchmark.all(precision)
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
    if precision != .float32 { arguments += ["--precision", precision.rawValue] }
    if let repeats { arguments += ["--repeats", "\(repeats)"] }
    if let scratch { arguments += ["--scratch", scratch] }
    if let threads = common.threads { arguments += ["--threads", "\(threads)"] }
    if common.quiet { arguments.append("--quiet") }
    if result.json { arguments.append("--json") }
    return arguments
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
