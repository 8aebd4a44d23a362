import ArgumentParser
import CommandLineKit
import Copick
import Cryo
import Files
import Volumes

/// The tomogram: a path, or a run of a copick project.
struct TomogramOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The tomogram (MRC, also gzip or bzip2, or the folder of an OME-Zarr volume).", valueName: "tomogram"))
  var tomogram: String?
  @Option(
    help: ArgumentHelp(
      "The configuration of a copick project, in place of a tomogram; masks are written into its overlay too.",
      valueName: "json"))
  var copick: String?
  @Option(help: ArgumentHelp("The run of the copick project.", valueName: "name"))
  var run: String?
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
    guard copick != nil else {
      guard tomogram != nil else { throw ValidationError("Missing expected argument '<tomogram>'") }
      if run != nil || tomoType != nil || voxelSpacing != nil || copickObject != nil {
        throw ValidationError(
          "'--run', '--tomo-type', '--voxel-spacing' and '--copick-object' need '--copick'")
      }
      return
    }
    if tomogram != nil {
      throw ValidationError("'--copick' is in place of a tomogram: leave one of them out")
    }
    guard run != nil, tomoType != nil, voxelSpacing != nil else {
      throw ValidationError("'--copick' needs '--run', '--tomo-type' and '--voxel-spacing'")
    }
  }

  /// The tomogram's path, what tables call it, and the run that it is of.
  ///
  /// - Throws: `Failure` if the project has none such.
  func located() throws -> LocatedTomogram {
    guard let copick, let run, let tomoType, let voxelSpacing else {
      return LocatedTomogram(path: tomogram ?? "")
    }
    let found = try CopickProject(copick).run(run)
    return LocatedTomogram(
      path: try found.tomogram(tomoType, at: voxelSpacing), name: run,
      target: CopickTarget(
        run: found, spacing: voxelSpacing, author: CopickAuthor(user: copickUser, session: copickSession),
        object: copickObject))
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

/// Where in a copick project results go.
struct CopickTarget {
  let run: CopickRun
  let spacing: Double
  let author: CopickAuthor
  let object: String?

  /// The paths of the segmentations of `kinds`, by their numbers.
  ///
  /// - Throws: `Failure` if one is of no object of the project's, or is there already and may not be replaced.
  func segmentations(of kinds: [String?], force: Bool) throws -> [String] {
    if object != nil, kinds.count > 1 {
      throw ValidationError(
        "'--copick-object' is for one kind of particles: name the kinds as the project's objects")
    }
    return try kinds.map { kind in
      let path = run.segmentation(try run.project.object(object ?? kind), at: spacing, by: author)
      try run.checkFree(path, force: force)
      return path
    }
  }

  /// Writes a mask of each kind of `map` to `paths`.
  ///
  /// Picks belong here too, once they are written as copick has them.
  func write(_ map: InstanceMap, geometry: Geometry, to paths: [String]) throws {
    for (index, path) in paths.enumerated() {
      try run.write(to: path, geometry: geometry) { append in
        try map.forEachSemanticSection { try append($0.map { $0 == Int8(index + 1) ? 1 : 0 }) }
      }
    }
  }
}
