import ArgumentParser
import CommandLineKit
import Files
import FoundationEssentials
import Parallel
import Platform
import Project
import Runs

/// `cryosam project submit`.
struct ProjectSubmit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Do what is missing of a project on a cluster.",
    discussion: """
      EXAMPLES
        cryosam project submit lab --slurm --dry-run
        cryosam project submit lab --slurm --partition cpu --cpus 16 --mem 24 --time 240
        cryosam project submit lab --slurm --array-size 200 --sbatch-option=--account=lab

      It writes job scripts to cluster/ and submits them: an array of tasks that encode slices, an array with a task a
      tomogram that segments it, and the summary, each after the one before. With --dry-run nothing is submitted, and the
      plan is printed: tasks, hours, disk and memory. Give it again when jobs were lost: what is done stays.
      """)

  @OptionGroup var place: ProjectFolder
  @Flag(help: "Submit to Slurm, with sbatch.")
  var slurm = false
  @Option(help: ArgumentHelp("Slurm's partition.", valueName: "name"))
  var partition: String?
  @Option(
    help: ArgumentHelp(
      "Tasks that encode (default: as many as make each take half the time limit).", valueName: "n"),
    transform: within(1...100_000))
  var arraySize: Int?
  @Option(help: ArgumentHelp("Cores of a task.", valueName: "n"), transform: within(1...1024))
  var cpus = 8
  @Option(
    help: ArgumentHelp("Memory of a task in GB (default: as the plan has it).", valueName: "gb"),
    transform: within(1...100_000))
  var mem: Int?
  @Option(
    help: ArgumentHelp(
      "Time limit of a task in minutes (default: 240, more if the plan needs it).", valueName: "min"),
    transform: within(1...100_000))
  var time: Int?
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A further option of sbatch: --account=lab (may be repeated).", valueName: "option"))
  var sbatchOption: [String] = []
  @Option(
    help: ArgumentHelp(
      "Seconds of a slice for features and through SAM on a node (default: reckoned from this machine's speed).",
      valueName: "f,s"))
  var seconds: SliceSecondsArgument?
  @Flag(help: "Write the scripts and print the plan; submit nothing.")
  var dryRun = false

  func validate() throws {
    guard slurm else { throw ValidationError("Say where to: '--slurm'") }
    if let option = sbatchOption.first(where: { !$0.hasPrefix("-") || $0.contains(where: \.isNewline) }) {
      throw ValidationError(
        "'--sbatch-option \(option)' must begin with a hyphen: --sbatch-option=--account=lab")
    }
  }

  func run() throws {
    let project = try Project(Path.absolute(place.folder))
    Parallel.threads = min(cpus, Parallel.cores)
    let networks = try ClusterPlan.Networks(project, seconds: seconds?.seconds)
    let plan = ClusterPlan(project, networks, tasks: arraySize, minutes: time)
    guard !plan.prompted.isEmpty || !plan.unprompted.isEmpty else {
      return Output.line("all \(project.subjects.count) tomograms are done")
    }
    try project.makeFolders()
    try Folder.make(project.scripts)
    let request = SlurmScripts.Request(
      partition: partition, cpus: cpus, memoryGigabytes: mem ?? plan.memoryGigabytes, options: sbatchOption)
    let scripts = SlurmScripts(project, plan, request, program: try Self.program()).scripts
    for script in scripts {
      try AtomicFile.write(Array(script.text.utf8), to: "\(project.scripts)/\(script.name).sh")
    }
    Output.line(plan.text)
    if let free = freeBytes(project.folder), free < plan.sliceBytes + plan.resultBytes {
      Output.note("warning: only \(byteSize(free)) are free in \(project.folder)")
    }
    guard !dryRun else {
      return Output.line("the scripts are in \(project.scripts); nothing was submitted")
    }
    var jobs: [String] = []
    for script in scripts {
      let job = try submit("\(project.scripts)/\(script.name).sh", after: script.after.map { jobs[$0] })
      jobs.append(job)
      Output.line("\(script.name): job \(job)")
    }
  }

  /// Submits a script, and returns the number of its job.
  private func submit(_ script: String, after job: String?) throws -> String {
    let answer = "\(script).job"
    defer { unlink(answer) }
    let dependency = job.map { ["--dependency=afterany:\($0)"] } ?? []
    let code = try ChildProcess.run(program: "sbatch", ["--parsable"] + dependency + [script], output: answer)
    let text = String(decoding: try MappedFile(answer).withBytes { Array($0) }, as: UTF8.self)
    // `12` or `12;cluster`.
    guard code == 0, let job = text.split(whereSeparator: { $0.isNewline || $0 == ";" }).first else {
      throw Failure(
        .unavailable, path: script, "sbatch did not take it (exit code \(code))",
        remedy: "see what it says above; cancel with scancel what was submitted before")
    }
    return String(job)
  }

  /// The path of this program.
  private static func program() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }
}
