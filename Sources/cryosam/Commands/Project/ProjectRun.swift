import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Parallel
import Platform
import Project
import Runs

/// `cryosam project run`.
struct ProjectRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Do what is missing of a project on this machine, and sum it up.",
    discussion: """
      EXAMPLES
        cryosam project run lab
        cryosam project run lab --jobs 4

      Tomograms with points of their own come first, then the others with their query. A tomogram that fails does not
      stop the others; it is tried again the next time. It can be interrupted at any moment and started again. The exit
      code is 1 if a tomogram is not done.

      The folder gets results/NAME (as of segment), logs/NAME.log, summary.html (look at it first), summary.star and
      picks.star, all picks.
      """)

  @OptionGroup var place: ProjectFolder
  @Option(
    help: ArgumentHelp(
      "Tomograms in work at once, which share the threads (default: as many as memory and cores allow).",
      valueName: "n"), transform: within(1...1024))
  var jobs: Int?
  @OptionGroup var common: CommonOptions

  func run() throws {
    common.apply()
    let project = try Project(Path.absolute(place.folder))
    try project.checkWeights()
    try project.makeFolders()
    Signals.endCleanly(goingOn: true)
    let lock = try ProjectLock(project)
    let workers = try Workers(project, jobs: jobs, quiet: common.quiet)
    try withExtendedLifetime(lock) {
      try workers.segment(project.prompted)
      try workers.segment(project.unprompted)
    }
    try project.summarize()
  }
}

/// One process alone does the work of a project on a machine.
private final class ProjectLock {
  private let descriptor: Int32

  init(_ project: Project) throws {
    descriptor = open("\(project.folder)/project.yaml", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure.system(.noInput, project.folder, "cannot open") }
    guard FileLock.take(descriptor) != .another else {
      close(descriptor)
      throw Failure(
        .tryAgain, path: project.folder, "another 'project run' is at work there", remedy: "wait for it")
    }
  }

  deinit { close(descriptor) }
}

/// Processes of this program, each at work on one tomogram.
private struct Workers {
  let project: Project
  let jobs: Int
  /// Threads of each.
  let threads: Int
  let quiet: Bool
  /// The end of a pipe that nothing is written to: the workers end when this process, at the other end, does.
  private let input: Int32

  init(_ project: Project, jobs: Int?, quiet: Bool) throws {
    self.project = project
    self.quiet = quiet
    let plan = ClusterPlan(
      project, try ClusterPlan.Networks(project, seconds: SliceSeconds(features: 1, embeddings: 4)),
      tasks: 1, minutes: nil)
    let fitting = max(1, AvailableMemory.bytes / plan.memoryBytes)
    self.jobs = jobs ?? min(fitting, max(1, Parallel.threads / 8))
    threads = max(1, Parallel.threads / self.jobs)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure.system(.unavailable, "a pipe", "cannot be made") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    input = ends[0]
    if plan.prompted.count + plan.unprompted.count > 0 { report(plan) }
  }

  /// What it will take, before it starts.
  private func report(_ plan: ClusterPlan) {
    let bytes = plan.resultBytes + (project.keepsSlices ? plan.sliceBytes : 0)
    let free = freeBytes(project.folder)
    Output.note(
      "\(plan.prompted.count + plan.unprompted.count) tomograms, \(jobs) at once; about \(byteSize(bytes)) of disk are needed"
        + (free.map { ", \(byteSize($0)) are free" } ?? ""), quiet: quiet)
    if let free, free < bytes {
      Output.note("warning: the disk may become full; 'slices: discard' in project.yaml needs less")
    }
  }

  /// Segments those of `numbers` that are not done.
  func segment(_ numbers: [Int]) throws {
    let queries = project.queries()
    let missing = numbers.filter { !project.state($0, queries).isDone }
    guard !missing.isEmpty else { return }
    let before = Parallel.threads
    defer { Parallel.threads = before }
    Parallel.threads = jobs
    try Parallel.forEachThrowing(missing.count) { place in
      Output.note(try segment(missing[place]), quiet: quiet)
    }
  }

  /// Segments tomogram `number` in a process of its own; what came out, in a line.
  private func segment(_ number: Int) throws -> String {
    let subject = project.subjects[number]
    Output.note("\(subject.name) begins; its log is \(project.log(subject))", quiet: quiet)
    let arguments = [
      "project", "task", project.folder, "--segment", "\(number)", "--follow-input", "--threads",
      "\(threads)",
    ]
    var code = JobEnd.goesOn
    // A worker of a run that was killed may take a moment to end.
    for _ in 0..<20 where code == JobEnd.goesOn {
      code = try ChildProcess.run(arguments, input: input, output: project.log(subject))
      if code == JobEnd.goesOn { usleep(500_000) }
    }
    let queries = project.queries()
    if project.state(number, queries) == .missing {
      let reason =
        "its process ended with exit code \(code)\(code == 137 ? ", perhaps for want of memory" : "")"
      try project.store(
        .failed("\(reason); see \(project.log(subject))"), number, key: project.key(number, queries))
    }
    switch project.state(number, queries) {
    case .done(let seconds):
      return "\(subject.name): done in \(duration(seconds)); \(ProjectStatus(project).line)"
    case .failed(let reason): return "\(subject.name): failed: \(reason)"
    case .missing: return "\(subject.name): not done"
    }
  }
}

/// What is free on the disk that `folder` is on.
func freeBytes(_ folder: String) -> Int? {
  var status = statvfs()
  guard statvfs(folder, &status) == 0 else { return nil }
  return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
}
