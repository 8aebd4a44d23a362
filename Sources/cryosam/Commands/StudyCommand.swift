import ArgumentParser
import CommandLineKit
import Files
import Runs
import Study

/// `cryosam study`: the paper's tables on one's own tomograms.
struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study",
    abstract: "Run the method many times on tomograms with truth, and make tables, plots and tests of it.",
    discussion: """
      EXAMPLES
        cryosam study --example > study.yaml
        cryosam study study.yaml -o study

      The configuration (YAML) names tomograms with their true particles, and sweeps: annotation ratios, random sets of
      prompts, feature extractors, matching strategies, numbers of proposals, profiles. Each sweep becomes a table.

      The folder gets runs.csv (a row for every run), times.csv, tests.csv (one-tailed paired t-tests), tables.md in
      the form of the paper's tables, and a picture for each sweep (SVG). Finished runs are kept in runs/: a study that
      was interrupted goes on where it stopped, and one whose configuration was extended does only what is new.
      Encoded slices are shared by all runs of a tomogram and removed after them, unless --cache says where to keep them.
      """)

  @Argument(help: ArgumentHelp("The configuration.", valueName: "config"))
  var config: String?
  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the results.", valueName: "folder"))
  var output: String?
  @OptionGroup var place: PlaceOptions
  @Flag(help: "Print a configuration with everything explained.")
  var example = false
  @Option(help: ArgumentHelp("Folder that keeps features and embeddings of slices.", valueName: "folder"))
  var cache: String?
  @Option(
    help: ArgumentHelp(
      "Tomograms in work at once. More than 1: each on one thread, and the memory limit is divided.",
      default: 1, valueName: "n"), transform: within(1...1024))
  var jobs = 1
  @OptionGroup var memory: MemoryOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if jobs > 1, common.threads != nil {
      throw ValidationError("'--threads' and '--jobs' exclude each other: a job is a thread")
    }
    guard !example else { return }
    guard config != nil else {
      throw ValidationError("Missing expected argument '<config>' (or '--example')")
    }
    guard output != nil else { throw ValidationError("Missing expected argument '--output <folder>'") }
  }

  func run() throws {
    guard !example, let config, let output else {
      return Output.line(String(StudyConfiguration.example.dropLast()))
    }
    try place.check(output)
    try common.prepareForNetworks()
    Signals.endCleanly(goingOn: true)
    let observer = CommandLineObserver(common)
    let configuration = try StudyConfiguration(config)
    let study = try Study(
      configuration, output: output, cache: cache, memoryLimit: memory.bytes, jobs: jobs,
      version: Version.current)
    let folder = try StudyFolder(output, configuration)
    let result = try study(observer)
    var record = RunRecord.ofThisCommand()
    record.add(inputs: [
      ("configuration", RunRecord.Input(config, sha256: try SHA256.hexDigest(ofFile: config)))
    ])
    record.add(counts: ["tomograms": configuration.subjects.count, "runs": result.runs.count])
    try folder.write(result, record: record.json)
    Output.line("\(result.runs.count) runs on \(configuration.subjects.count) tomograms: \(output)/tables.md")
  }
}
