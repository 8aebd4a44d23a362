import ArgumentParser
import CommandLineKit
import Copick
import Project
import Volumes

/// A copick project, which of its tomograms are taken, and under which names results go into its overlay.
struct CopickSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration of a copick project, in place of a tomogram; masks are written into its overlay too.",
      valueName: "json"))
  var copick: String?
  @Option(help: ArgumentHelp("The type of the run's tomogram: wbp, denoised ...", valueName: "type"))
  var tomoType: String?
  @Option(
    help: ArgumentHelp("The run's voxel spacing in Angstroms.", valueName: "angstrom"),
    transform: within(VoxelReading.voxelSizeRange))
  var voxelSpacing: Double?
  @Option(
    help: ArgumentHelp(
      "The copick project's object that is looked for (default: the name of the kind, or the only particle).",
      valueName: "name"))
  var copickObject: String?
  @Option(help: ArgumentHelp("Who writes into the copick project.", valueName: "name"))
  var copickUser = "cryosam"
  @Option(help: ArgumentHelp("The session that is written to in the copick project.", valueName: "name"))
  var copickSession = "1"

  func validate() throws {
    if copick != nil {
      guard tomoType != nil, voxelSpacing != nil else {
        throw ValidationError("'--copick' needs '--tomo-type' and '--voxel-spacing'")
      }
    } else if tomoType != nil || voxelSpacing != nil || copickObject != nil {
      throw ValidationError("'--tomo-type', '--voxel-spacing' and '--copick-object' need '--copick'")
    }
  }

  /// What they say; nil without `--copick`.
  var given: CopickSource? {
    guard let copick, let tomoType, let voxelSpacing else { return nil }
    return CopickSource(
      config: copick, type: tomoType, spacing: voxelSpacing, object: copickObject, user: copickUser,
      session: copickSession)
  }
}

extension CopickSource {
  var author: CopickAuthor { CopickAuthor(user: user, session: session) }

  /// The tomogram of `run`, and where results of it go.
  ///
  /// - Throws: `Failure` if it has none such.
  func located(_ run: CopickRun) throws -> LocatedTomogram {
    LocatedTomogram(
      path: try run.tomogram(type, at: spacing), name: run.name,
      target: CopickTarget(run: run, spacing: spacing, author: author, object: object))
  }
}
