import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Project

/// `cryosam project task`: what a job of a cluster does, and a child of `project run`.
struct ProjectTask: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task",
    abstract: "Do one part of a project: what 'project run' and the jobs of 'project submit' start.",
    discussion: """
      EXAMPLES
        cryosam project task lab --encode 3/17
        cryosam project task lab --segment 4
        cryosam project task lab --summary

      Exit code 75 says that there is more to do: it stopped because its job's time is nearly over. SIGTERM stops it
      cleanly: slices that are begun are finished, and all that is stored stays.
      """)

  @OptionGroup var place: ProjectFolder
  @Option(
    help: ArgumentHelp("Encode the ith of n parts of all slices, of about equal time.", valueName: "i/n"))
  var encode: Shard?
  @Option(
    help: ArgumentHelp(
      "Seconds of a slice for features and through SAM, by which parts are made (default: 1,4).",
      valueName: "f,s"))
  var seconds: SliceSecondsArgument?
  @Option(
    help: ArgumentHelp("Segment the tomogram of this number, from 0.", valueName: "n"),
    transform: within(0...Int.max))
  var segment: Int?
  @Flag(help: "Write summary.star, summary.html and picks.star.")
  var summary = false
  @Flag(help: .hidden)
  var followInput = false
  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [encode != nil, segment != nil, summary].count(where: { $0 }) == 1 else {
      throw ValidationError("Give one of '--encode', '--segment' and '--summary'")
    }
    if seconds != nil, encode == nil { throw ValidationError("'--seconds' belongs to '--encode'") }
  }

  func run() throws {
    if followInput { Termination.followStandardInput() }
    let project = try Project(Path.absolute(place.folder))
    if summary { return try project.summarize() }
    try project.makeFolders()
    try project.checkWeights()
    if let encode {
      let task = EncodingTask(
        project, seconds: seconds?.seconds ?? SliceSeconds(features: 1, embeddings: 4), common: common)
      return try task.run(encode)
    }
    guard let number = segment, project.subjects.indices.contains(number) else {
      throw ValidationError("The project has \(project.subjects.count) tomograms, counted from 0")
    }
    guard project.state(number, project.queries()).isDone == false else {
      return Output.line("\(project.subjects[number].name) is done")
    }
    JobEnd.answer(during: number, of: project)
    try project.work(on: number, threads: common.threads)
  }
}

/// `0.03,0.2`
struct SliceSecondsArgument: ExpressibleByArgument {
  let seconds: SliceSeconds

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 2, let features = numbers[0], let embeddings = numbers[1],
      (0...1e6).contains(features), (0...1e6).contains(embeddings), features + embeddings > 0
    else { return nil }
    seconds = SliceSeconds(features: features, embeddings: embeddings)
  }
}

extension Project {
  /// Writes the summary and prints its first line.
  ///
  /// - Throws: the exit code 1 if a tomogram is not done.
  func summarize() throws {
    let summary = ProjectSummary(self)
    try summary.write()
    for (name, reason) in summary.failures { Output.note("\(name): \(reason)") }
    Output.line(
      "\(summary.picks) particles in \(summary.done) of \(subjects.count) tomograms; look at "
        + "\(folder)/\(ProjectSummary.page) first")
    if summary.done < subjects.count { throw ExitCode(1) }
  }
}
