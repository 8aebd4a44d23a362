import ArgumentParser
import CommandLineKit
import Copick
import Cryo
import Files
import Points
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
  /// - Parameter level: of its store; a run's tomogram is the one of its voxel spacing, level 0.
  /// - Throws: `Failure` if the project has none such; `ValidationError` for another level of it.
  func located(_ level: PyramidLevel?) throws -> LocatedTomogram {
    if copick != nil, level ?? .number(0) != .number(0) {
      throw ValidationError(
        "'--level' and '--copick' exclude each other: what copick keeps is at '--voxel-spacing'; '--bin' works on larger voxels"
      )
    }
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

  /// What one kind gives.
  struct Place {
    let kind: String?
    let object: String
    let segmentation: String
    let picks: String
  }

  /// The places of what `kinds` give, by their numbers.
  ///
  /// - Throws: `Failure` if one is of no object of the project's, or is there already and may not be replaced.
  func places(of kinds: [String?], force: Bool) throws -> [Place] {
    if object != nil, kinds.count > 1 {
      throw ValidationError(
        "'--copick-object' is for one kind of particles: name the kinds as the project's objects")
    }
    return try kinds.map { kind in
      let object = try run.project.object(object ?? kind)
      let place = Place(
        kind: kind, object: object, segmentation: run.segmentation(object, at: spacing, by: author),
        picks: run.picks(of: object, by: author))
      try run.checkFree(place.segmentation, force: force)
      if !force { try run.checkFree(place.picks, force: false) }
      return place
    }
  }

  /// Writes a mask and the picks of each kind of `map`.
  ///
  /// - Throws: `Failure` if a file cannot be written, or the tomogram has no voxel size.
  func write(_ map: InstanceMap, of tomogram: Tomogram, to places: [Place]) throws {
    let table = map.pickTable(of: tomogram)
    for (index, place) in places.enumerated() {
      try run.write(to: place.segmentation, geometry: tomogram.geometry) { append in
        try map.forEachSemanticSection { try append($0.map { $0 == Int8(index + 1) ? 1 : 0 }) }
      }
      var names = PickNames(main: Path.name(place.picks), folder: Path.folder(place.picks))
      (names.user, names.session, names.run) = (author.user, author.session, run.name)
      names.object = place.object
      let files = try PickFormat.copick.files([table.ofKind(place.kind).renamed(place.object)], named: names)
      try Folder.make(names.folder)
      for (name, bytes) in files.files { try AtomicFile.write(bytes, to: names.path(name)) }
    }
  }
}
