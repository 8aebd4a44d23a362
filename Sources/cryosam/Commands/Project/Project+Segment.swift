import ArgumentParser
import CommandLineKit
import Cryo
import Files
import FoundationEssentials
import Project
import Runs

/// The work on one tomogram of a project: `cryosam segment`, as the project has it.
extension Project {
  /// The command for tomogram `number`.
  ///
  /// - Parameter queries: what is looked for if it has no points of its own.
  /// - Throws: what `segment` throws for options that it refuses.
  func segment(_ number: Int, queries: [String]) throws -> Segment {
    try Segment.parse(arguments(number, queries: queries))
  }

  private func arguments(_ number: Int, queries: [String]) -> [String] {
    let subject = subjects[number]
    let prompts =
      subject.points.isEmpty
      ? queries.flatMap { ["--query", $0] } : subject.points.flatMap { ["--point", $0] }
    return tomogram(subject) + (dino.map { ["--dino", $0.path] } ?? []) + ["--sam", sam.path] + prompts
      + settings.arguments + ["--cache", slices(subject), "-o", results(subject), "--force"]
  }

  /// Segments tomogram `number`, and stores how that ended.
  ///
  /// - Throws: what ended it.
  func work(on number: Int, threads: Int?) throws {
    let queries = queries()
    guard !subjects[number].points.isEmpty || queries != .waiting else {
      throw Failure(
        .tryAgain, path: subjects[number].path, "the tomograms with points are not done yet",
        remedy: "segment those first")
    }
    let key = key(number, queries)
    let start = ContinuousClock.now
    do {
      try segment(number, queries, threads: threads)
      try store(.done(seconds: (ContinuousClock.now - start) / .seconds(1)), number, key: key)
    } catch {
      // Another process is at it: that one tells how it ends.
      if (error as? Failure)?.kind != .tryAgain {
        try store(.failed(Self.reason(error)), number, key: key)
      }
      throw error
    }
    if !keepsSlices { SliceStore.removeAll(in: slices(subjects[number])) }
  }

  private func segment(_ number: Int, _ queries: ProjectQueries, threads: Int?) throws {
    guard !subjects[number].points.isEmpty || !queries.paths.isEmpty else {
      throw Failure(
        .noInput, "there is no query: no tomogram with points is done",
        remedy: "see why those failed, and click another particle")
    }
    try SliceStore.makeOwn(slices(subjects[number]))
    let arguments = arguments(number, queries: queries.paths)
    var command = try Segment.parse(arguments)
    command.common.threads = threads
    try command.run(
      as: RunRecord(
        version: Version.current, command: ["cryosam", "segment"] + arguments,
        workingFolder: FileManager.default.currentDirectoryPath))
  }

  /// Why something was not done, in a line.
  private static func reason(_ error: any Error) -> String {
    if let failure = error as? Failure ?? (error as? any FailureConvertible)?.failure { return "\(failure)" }
    return Segment.message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ").printableLine
  }
}
