import ArgumentParser
import CommandLineKit
import Copick
import Files
import Platform
import Points
import Volumes

/// `cryosam picks convert`.
struct PicksConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a table of picks in another program's format and frame.",
    discussion: """
      Formats: \(PickFormatList.names). What each counts in, and from where, is in docs/formats.md. The table is known by \
      its contents; --from says what it is, where they do not. Orientations are not made up: formats that need angles \
      get zeros or the identity.

      The output is a file, or a folder: for a file each of several tomograms, or for copick an overlay, \
      ExperimentRuns/RUN/Picks/USER_SESSION_OBJECT.json. relion5 writes beside its particles optimisation_set.star, if \
      --tomograms is given, and import.star with a text for each tomogram for RELION's import job; their paths are \
      those given here, so run it in RELION's project folder. dynamo writes a .doc beside its .tbl.

      EXAMPLES
        cryosam picks convert result/picks.star -o Import --to relion5 --tomograms tomograms.star
        cryosam picks convert result/picks.star -o picks.mod --to imod --tomogram TS_01.mrc
        cryosam picks convert particles.star -o picks --to copick --tomograms tomograms.star --user me
        cryosam picks convert result/picks.star --copick config.json --to copick --tomogram TS_01.mrc --run TS_01
        cryosam picks convert drawn.mod -o prompts.csv --to csv --tomogram TS_01.mrc
      """)

  @Argument(help: ArgumentHelp("The table of picks.", valueName: "table"))
  var table: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file, or the folder, for the picks.", valueName: "path"))
  var output: String?

  @Option(help: ArgumentHelp("The format to write.", valueName: "format"))
  var to: PickFormat

  @Option(help: ArgumentHelp("The format of the table (default: by its contents).", valueName: "format"))
  var from: PickFormat?

  @Option(help: ArgumentHelp("The tomogram: only its picks are taken.", valueName: "mrc"))
  var tomogram: String?

  @Option(
    help: ArgumentHelp(
      "The tomogram's voxel size in Angstroms, where its header's is unknown or wrong.", valueName: "a"),
    transform: within(VoxelReading.voxelSizeRange))
  var voxelSize: Double?

  @OptionGroup var tables: PointReadingOptions
  @OptionGroup(title: "copick") var copick: CopickOptions

  @Flag(help: "Replace files that are there already.")
  var force = false

  func validate() throws {
    guard output != nil || copick.copick != nil else {
      throw ValidationError("Missing expected argument '-o <path>'")
    }
    if to != .copick, copick.isGiven {
      throw ValidationError("'--copick', '--run', '--user', '--session' and '--object' are for '--to copick'")
    }
    if output != nil, copick.copick != nil {
      throw ValidationError("'-o' and '--copick' exclude each other")
    }
  }

  func run() throws {
    let reading = try tables.reading()
    let table = try PointTable(table, as: from).taken(as: reading)
    for text in table.notes { note(text) }
    let sheets = try sheets(of: table, reading)
    let files = try files(for: sheets)
    let inputs = [self.table, tomogram, tables.tomograms, copick.copick]
    try OutputFile.check(files.map(\.path), force: force, reading: inputs)
    for folder in Set(files.map { Path.folder($0.path) }).sorted() { try makeFolder(folder) }
    for (path, bytes) in files { try AtomicFile.write(bytes, to: path) }
    let count = sheets.reduce(0) { $0 + $1.picks.count }
    Output.line("\(count) picks in \(files.map(\.path).joined(separator: ", "))")
  }

  /// Makes `folder`; copick marks that of a new run, which is the one around `Picks`.
  private func makeFolder(_ folder: String) throws {
    let run = Path.folder(folder)
    let isNewRun = to == .copick && Path.name(folder) == "Picks" && !Folder.isFolder(run)
    try Folder.make(folder)
    if isNewRun { try AtomicFile.write([], to: "\(run)/.meta") }
  }

  private func note(_ text: String) { Output.note("\(table): \(text)") }

  /// The picks, tomogram by tomogram.
  private func sheets(of table: PointTable, _ reading: PointReading) throws -> [PickTable] {
    guard let name = reading.tomogram ?? tomogram.map(Path.name) else {
      let known = table.tiltSeries?.series ?? []
      let other = known.count == 1 ? known[0].name : Path.stem(self.table, without: PicksConvert.endings)
      let groups = table.byTomogram(orElse: other)
      guard !groups.isEmpty else { return [try sheet(of: table, [], named: other)] }
      return try groups.map { try sheet(of: table, $0.entries, named: $0.name) }
    }
    for remark in table.remarks(onName: name) { note(remark) }
    let entries = try table.entries.isEmpty ? [] : table.known(on: name)
    return [try sheet(of: table, entries, named: name)]
  }

  private static let endings = [
    ".star", ".csv", ".txt", ".json", ".ndjson", ".mod", ".tbl", ".cmm", ".coords",
  ]

  private func sheet(
    of table: PointTable, _ entries: [PointTable.Entry], named name: String
  ) throws -> PickTable {
    let series = try table.tiltSeries?.known(name)
    let reading = VoxelReading(voxelSizeAngstroms: voxelSize)
    var geometry = try tomogram.map { try Tomogram($0, reading: reading).geometry } ?? series?.geometry
    if let voxelSize { geometry?.voxelSizeAngstroms = SIMD3(repeating: voxelSize) }
    let (sheet, notes) = try table.picks(
      entries, named: name, geometry: geometry, voxelSize: voxelSize, series: series)
    for text in notes { note(text) }
    return sheet
  }

  /// What is written where.
  private func files(for sheets: [PickTable]) throws -> [(path: String, bytes: [UInt8])] {
    let target = try copick.overlay() ?? output ?? "."
    let isFolder =
      copick.copick != nil || Folder.isFolder(target) || target.hasSuffix("/") || !hasEnding(target)
    guard isFolder else { return try file(target, sheets) }
    let folder = target == "/" ? target : String(target.reversed().drop { $0 == "/" }.reversed())
    if to == .copick {
      if let run = copick.run, sheets.count > 1 {
        throw Failure(
          .usage, path: table, "has picks on \(sheets.count) tomograms, which are not all the run \(run)",
          remedy: "leave --run out, or say which with --tomogram-name")
      }
      return try sheets.flatMap { try overlay(folder, $0) }
    }
    if to.holdsSeveralTomograms {
      return try files(sheets, PickNames(main: to.mainName, folder: folder))
    }
    return try sheets.flatMap { try files([$0], PickNames(main: $0.name + to.ending, folder: folder)) }
  }

  private func hasEnding(_ path: String) -> Bool { Path.name(path).dropFirst().contains(".") }

  /// One file, and what belongs beside it.
  private func file(_ path: String, _ sheets: [PickTable]) throws -> [(path: String, bytes: [UInt8])] {
    guard sheets.count == 1 || to.holdsSeveralTomograms else {
      throw Failure(
        .usage, path: table,
        "has picks on \(sheets.count) tomograms, and a file of \(to.rawValue) those on one",
        remedy: "give a folder with -o, or say which with --tomogram-name")
    }
    if to == .copick, sheets.kinds.count > 1 {
      throw Failure(
        .usage, path: table, "has picks of \(sheets.kinds.count) classes, and a file of copick those of one",
        remedy: "give a folder with -o")
    }
    var names = PickNames(main: Path.name(path), folder: Path.folder(path))
    copick.set(&names)
    return try files(sheets, names)
  }

  /// Files of copick in an overlay, one for each kind.
  private func overlay(_ folder: String, _ sheet: PickTable) throws -> [(path: String, bytes: [UInt8])] {
    try sheet.kinds.flatMap { kind in
      var names = PickNames(main: "", folder: folder)
      copick.set(&names)
      names.main = CopickPicks.path(run: names.run ?? sheet.name, names, kind: kind)
      return try files([sheet.ofKind(kind)], names)
    }
  }

  private func files(_ sheets: [PickTable], _ names: PickNames) throws -> [(path: String, bytes: [UInt8])] {
    let made = try inFile(table) { try to.files(sheets, named: names) }
    for text in made.notes { note(text) }
    return made.files.map { (names.path($0.name), $0.bytes) }
  }
}

/// `--copick` and what copick's files are called.
struct CopickOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A copick project: picks go to its overlay.", valueName: "json"))
  var copick: String?
  @Option(help: ArgumentHelp("The run (default: the tomogram's name).", valueName: "name"))
  var run: String?
  @Option(help: ArgumentHelp("Who made the picks (default: cryosam).", valueName: "name"))
  var user: String?
  @Option(help: ArgumentHelp("In which session (default: 0, as of programs).", valueName: "name"))
  var session: String?
  @Option(
    help: ArgumentHelp("The object's name, for picks without a class (default: particle).", valueName: "name")
  )
  var object: String?

  var isGiven: Bool { [copick, run, user, session, object].contains { $0 != nil } }

  func validate() throws {
    for (name, value) in [("user", user), ("session", session), ("object", object)] {
      if let value, CopickPicks.plain(value) != value {
        throw ValidationError(
          "The value '\(value)' is invalid for '--\(name)': copick's names have no '_', blanks or any of <>:\"/\\|?*; "
            + "it could be \(CopickPicks.plain(value))")
      }
    }
    if let run, run.isEmpty || run.contains("/") || [".", ".."].contains(run) {
      throw ValidationError("The value '\(run)' is invalid for '--run': it names a folder")
    }
  }

  func set(_ names: inout PickNames) {
    names.run = run
    if let user { names.user = user }
    if let session { names.session = session }
    if let object { names.object = object }
  }

  /// The folder that the project's overlay is in; nil if no project is given.
  ///
  /// - Throws: `Failure` if its configuration cannot be read, or the overlay is not on this machine.
  func overlay() throws -> String? {
    try copick.map { try CopickProject($0, overlayAlone: true).overlay }
  }
}
