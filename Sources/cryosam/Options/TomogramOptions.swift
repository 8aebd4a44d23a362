import ArgumentParser
import Copick
import Volumes

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
  /// - Parameter level: of its store; a run's tomogram is the one of its voxel spacing, level 0.
  /// - Throws: `Failure` if the project has none such; `ValidationError` for another level of it.
  func located(_ level: PyramidLevel?) throws -> LocatedTomogram {
    guard let source = source.given, let run else { return LocatedTomogram(path: tomogram ?? "") }
    guard level ?? .number(0) == .number(0) else {
      throw ValidationError(
        "'--level' and '--copick' exclude each other: what copick keeps is at '--voxel-spacing'; '--bin' works on larger voxels"
      )
    }
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

  /// To be asked before what takes long.
  ///
  /// - Throws: `Failure` if this machine lacks what results are written with: volumes in `format`, and copick's.
  func checkResults(in format: VolumeFormat) throws {
    try format.checkAvailable()
    if target != nil { try VolumeFormat.zarr.checkAvailable() }
  }
}
