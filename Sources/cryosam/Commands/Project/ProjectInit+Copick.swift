import CommandLineKit
import Copick
import Files
import Project

extension ProjectInit {
  /// The tomograms of the runs that are asked for, or else of all runs that have one of the type.
  ///
  /// - Throws: `Failure` if a run has none, or has results of the user and session already, which are not this project's.
  func located(_ source: CopickSource) throws -> [LocatedTomogram] {
    let project = try CopickProject(source.config)
    let chosen = try runs.isEmpty ? project.runs() : runs.map { try project.run($0) }
    if !force, let taken = chosen.first(where: { $0.holdsAnything(by: source.author) }) {
      throw Failure(
        .cannotCreate, path: source.config,
        "its run '\(taken.name)' has results of the user \(source.author.user), session \(source.author.session)",
        remedy: "give another --copick-session, or --force to have this project replace them")
    }
    var failures: [Failure] = []
    let places = try chosen.compactMap { run -> LocatedTomogram? in
      do { return try source.located(run) } catch let failure as Failure {
        guard runs.isEmpty else { throw failure }
        failures.append(failure)
        return nil
      }
    }
    guard !places.isEmpty else {
      throw failures.first
        ?? Failure(
          .noInput, path: source.config, "the project has no runs",
          remedy: "look at the folder ExperimentRuns in its root")
    }
    if !failures.isEmpty {
      Output.note("\(failures.count) of \(chosen.count) runs have no such tomogram, and are left out")
    }
    return places
  }

  /// Checks that what is pointed at is an object of the copick project.
  func check(_ points: [String], areOf source: CopickSource) throws {
    let project = try CopickProject(source.config)
    for kind in try Set(points.map { try NamedPointArgument.read($0).point.name }) {
      _ = try project.object(source.object ?? kind)
    }
  }
}

extension CopickSource {
  /// With the configuration's path from the root.
  var absolute: CopickSource {
    CopickSource(
      config: Path.absolute(config), type: type, spacing: spacing, object: object, user: user,
      session: session)
  }
}
