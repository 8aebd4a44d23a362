import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Points
import Project
import Volumes

/// `cryosam project init`.
struct ProjectInit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write the project.yaml of a new project.",
    discussion: """
      EXAMPLES
        cryosam project init lab --tomograms 'tomograms/*.mrc' --dino dinov2.safetensors --sam sam.safetensors \\
          --point 120,88,40
        cryosam project init lab --tomograms 'tomograms/*.mrc' --dino dinov2.safetensors --sam sam.safetensors \\
          --prompts picked.star --setting precision=int8
        cryosam project init lab --tomograms 'tomograms/*.zarr' --dino dinov2.safetensors --sam sam.safetensors \\
          --query other/query.safetensors
        cryosam project init lab --copick project.json --tomo-type wbp --voxel-spacing 10 --copick-object ribosome \\
          --dino dinov2.safetensors --sam sam.safetensors --point 120,88,40 --tomogram-name TS_01

      A click in one tomogram serves all: the others are searched with its query. Tomograms that have points of their
      own use those. Headers alone are read; a tomogram that cannot be read stays in the project and fails when it runs.

      With --copick the runs that have such a tomogram are the tomograms, and each one's picks and masks are written into the
      copick project's overlay too, under a user and session that this project has for itself.
      """)

  @OptionGroup var place: ProjectFolder
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The tomograms: paths of MRC files and OME-Zarr folders, patterns in quotes, or folders of such.",
      valueName: "paths"))
  var tomograms: [String] = []
  @OptionGroup var source: CopickSourceOptions
  @Option(
    name: .customLong("run"),
    help: ArgumentHelp(
      "A run of the copick project (may be repeated; default: all that have such a tomogram).",
      valueName: "name"))
  var runs: [String] = []
  @Option(
    help: ArgumentHelp("DINOv2's or DINO's weights (none with --setting features=sam).", valueName: "weights")
  )
  var dino: String?
  @Option(help: ArgumentHelp("SAM's weights, from convert-weights.", valueName: "weights"))
  var sam: String
  @Option(
    help: ArgumentHelp(
      "Points on particles: STAR, CSV or text (may be repeated). Those of a table without names of tomograms are on one tomogram.",
      valueName: "file"))
  var prompts: [String] = []
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A point on a particle, in voxels (may be repeated); ribosome=X,Y,Z names its kind.",
      valueName: "x,y,z"), transform: NamedPointArgument.read)
  var point: [NamedPointArgument] = []
  @Option(
    help: ArgumentHelp(
      "The tomogram that --point is in: its file's name, or its run's (default: the first).",
      valueName: "name"))
  var tomogramName: String?
  @OptionGroup var units: PointUnitOptions
  @Option(
    help: ArgumentHelp(
      "RELION's tomograms.star: what coordinates of its tables are relative to.", valueName: "star"))
  var tomogramsStar: String?
  @Option(help: ArgumentHelp("Particles of another run: its query.safetensors.", valueName: "file"))
  var query: String?
  @Option(
    help: ArgumentHelp(
      "An option of segment for all tomograms: similarity=0.4, invert=true (may be repeated).",
      valueName: "name=value"))
  var setting: [String] = []
  @Flag(help: "Remove encoded slices when a tomogram is done.")
  var discardSlices = false
  @Flag(help: "Write project.yaml anew if there is one. Results stay.")
  var force = false

  func validate() throws {
    if prompts.isEmpty && point.isEmpty && query == nil {
      throw ValidationError("No particle is pointed at: give --point, --prompts or --query")
    }
    if tomogramName != nil && point.isEmpty && prompts.isEmpty {
      throw ValidationError("'--tomogram-name' says where '--point' is: leave it out")
    }
    if tomograms.isEmpty == (source.copick == nil) {
      throw ValidationError("Where the tomograms are must be said once: give --tomograms or --copick")
    }
    if !runs.isEmpty, source.copick == nil { throw ValidationError("'--run' needs '--copick'") }
  }

  func run() throws {
    var settings = ProjectSettings()
    for text in setting {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("'--setting \(text)' must be NAME=VALUE") }
      try settings.add(parts[0].replacing("-", with: "_"), parts[1])
    }
    let copick = source.given?.absolute
    let places =
      try copick.map(located) ?? TomogramList.paths(tomograms).map { LocatedTomogram(path: $0) }
    let names = Project.Subject.names(of: places.map { $0.name ?? $0.path })
    let found = zip(places, names).map { place, name in FoundTomogram(place, name: name, settings) }
    for tomogram in found {
      if let failure = tomogram.failure { Output.note("\(failure); it stays in the project, and will fail") }
    }
    guard found.contains(where: { $0.geometry != nil }) else {
      throw found[0].failure ?? Failure(.noInput, "none of the tomograms can be read")
    }
    let points = try ProjectPoints(
      prompts, point, named: tomogramName, in: found, reading: try reading(),
      judges: PipelineParameters(settings["profile"].flatMap(Profile.init) ?? .usual).judges)
    for note in points.notes { Output.note(note) }
    let subjects = zip(found, points.points).map { tomogram, points in
      Project.Subject(
        name: tomogram.name, path: tomogram.path, run: tomogram.run, points: points,
        size: tomogram.geometry.map { SIMD3($0.width, $0.height, $0.depth) },
        voxelSize: tomogram.geometry.flatMap { $0.hasVoxelSize ? $0.voxelSizeAngstroms.sum() / 3 : nil })
    }
    let project = Project(
      folder: place.folder, dino: try dino.map(Self.weights), sam: try Self.weights(sam),
      query: query.map(Path.absolute), settings: settings, copick: copick, keepsSlices: !discardSlices,
      subjects: subjects)
    // What segment would refuse is refused now.
    if let copick { try check(subjects.flatMap(\.points), areOf: copick) }
    let first = subjects.firstIndex { !$0.points.isEmpty } ?? 0
    let segment = try project.segment(first, queries: [query ?? "query.safetensors"])
    if copick != nil { _ = try segment.tomogram.located(segment.voxels.level) }
    try project.write(force: force)
    Output.line(
      "\(subjects.count) tomograms, points in \(project.prompted.count): \(place.folder)/project.yaml; "
        + "go on with 'cryosam project run \(place.folder)'")
  }

  /// What the user says of tables of points.
  private func reading() throws -> PointReading {
    PointReading(
      unit: units.pointUnit, pixelSizeAngstroms: units.pointPixelSize,
      tiltSeries: try tomogramsStar.map { try TiltSeriesTable($0) })
  }

  private static func weights(_ path: String) throws -> Project.Weights {
    Project.Weights(Path.absolute(path), sha256: try SHA256.hexDigest(ofFile: path))
  }
}

/// A tomogram as its header has it.
struct FoundTomogram {
  let path: String
  /// Of its results.
  let name: String
  /// Nil if it is of no copick project.
  let run: String?
  /// Nil if it cannot be read.
  let geometry: Geometry?
  let failure: Failure?

  /// As tables of points may call it.
  var tableName: String { run ?? path }

  init(_ place: LocatedTomogram, name: String, _ settings: ProjectSettings) {
    (path, self.name, run) = (Path.absolute(place.path), name, place.name)
    let reading = VoxelReading(
      voxelSizeAngstroms: settings["voxel_size"].flatMap(Double.init),
      level: settings["level"].flatMap { PyramidLevel($0) })
    do {
      (geometry, failure) = (try Geometry(ofFile: path, reading: reading), nil)
    } catch {
      (geometry, failure) = (nil, error as? Failure ?? Failure(.badData, path: path, "\(error)"))
    }
  }
}
