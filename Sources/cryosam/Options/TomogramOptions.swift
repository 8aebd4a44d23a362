import ArgumentParser
import Copick

/// The tomogram: a path, or a run of a copick project.
struct TomogramOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The tomogram (MRC, also gzip or bzip2, or the folder of an OME-Zarr volume).", valueName: "tomogram"))
  var tomogram: String?
  @OptionGroup var source: CopickSourceOptions
  @Option(help: ArgumentHelp("The run of the copick project.", valueName: "name"))
  var run: String?

  func validate() throws {
    guard source.copick != nil else {
      guard tomogram != nil else { throw ValidationError("Missing expected argument '<tomogram>'") }
      if run != nil { throw ValidationError("'--run' needs '--copick'") }
      return
    }
    if tomogram != nil {
      throw ValidationError("'--copick' is in place of a tomogram: leave one of them out")
    }
    if run == nil {
      throw ValidationError("'--copick' needs '--run', '--tomo-type' and '--voxel-spacing'")
    }
  }

  /// The tomogram's path, what tables call it, and the run that it is of.
  ///
  /// - Throws: `Failure` if the project has none such.
  func located() throws -> LocatedTomogram {
    guard let source = source.given, let run else { return LocatedTomogram(path: tomogram ?? "") }
    return try source.located(CopickProject(source.config).run(run))
  }
}

/// Where the tomogram is.
struct LocatedTomogram {
  let path: String
  /// Nil: its file's.
  var name: String? = nil
  /// Nil if it is of no project.
  var target: CopickTarget? = nil
}
