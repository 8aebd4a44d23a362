import ArgumentParser
import CommandLineKit
import Evaluation
import Files
import Points
import Volumes

/// `cryosam evaluate`: picks and masks against the truth.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare picks, instances or masks with the truth.",
    discussion: """
      Picks: each is matched to at most one particle and each particle to at most one pick within the radius; as
      many as can be, and then as near as can be. Tables are STAR, CSV, text, IMOD's .mod, or those of other programs (docs/formats.md). If the
      picks have scores, there is a precision-recall curve and its area, the average precision.

      Instances: objects of two label volumes match if their IoU is over 1/2: panoptic quality PQ = SQ x RQ. If the
      truth's table has a column of labels (_cryosamInstance), only those of its rows count, so that one species of
      a volume of many is judged.

      EXAMPLES
        cryosam evaluate run/picks.star truth.star --radius 10
        cryosam evaluate picked.cbox truth.star --radius 100A --json
        cryosam evaluate run/picks.star phantom/particles.star --truth-class ribosome --radius 12 \\
          --instances run/instances.mrc --truth-instances phantom/instances.mrc
        cryosam evaluate run/picks.star phantom/particles.star --by-class --radius 100A
        cryosam evaluate --semantic run/semantic.mrc --truth-semantic phantom/species.mrc --truth-value 1
      """)

  @Argument(help: "The picks.")
  var picks: String?

  @Argument(help: "The true particles.")
  var truth: String?

  @Option(
    help: ArgumentHelp(
      "How far a pick may be from its particle, in voxels, or with an A in Angstroms: 10, 100A (default: half the particle's diameter, if the picks lie beside the run.json of their run).",
      valueName: "r"))
  var radius: Length?

  @Option(
    help: ArgumentHelp(
      "The tomogram: only its points count, and its size and voxel size are used.", valueName: "mrc"))
  var tomogram: String?

  @Option(
    help: ArgumentHelp(
      "Only true particles of this class or species count, by the table's columns.", valueName: "name"))
  var truthClass: String?

  @Flag(help: "Compare each class of the picks with the true particles of the same class.")
  var byClass = false

  @OptionGroup var tables: PointReadingOptions

  @OptionGroup(title: "Volumes") var volumes: VolumePairOptions

  @Option(help: ArgumentHelp("Write the precision-recall curve to this file.", valueName: "csv"))
  var curve: String?

  @Flag(help: "Overwrite the file of the curve.")
  var force = false

  @Flag(help: "Print the figures as CSV.")
  var csv = false

  @OptionGroup var output: JSONOption

  func validate() throws {
    if picks != nil {
      guard truth != nil else { throw ValidationError("Missing expected argument '<truth>'") }
      guard radius != nil || record != nil else { throw noRadius }
    } else if !volumes.isGiven {
      throw ValidationError(
        "There is nothing to compare: give two tables, or --instances or --semantic with the truth")
    }
    if truthClass != nil && truth == nil && volumes.truthLabels == nil {
      throw ValidationError("'--truth-class' needs a table of true particles")
    }
    if byClass && (picks == nil || truthClass != nil || curve != nil || volumes.semantic != nil) {
      throw ValidationError(
        "'--by-class' needs picks, and excludes '--truth-class', '--curve' and '--semantic'")
    }
    if curve != nil && picks == nil { throw ValidationError("'--curve' needs picks") }
    if csv && output.json { throw ValidationError("'--csv' and '--json' exclude each other") }
  }

  func run() throws {
    try OutputFile.check(curve, force: force, reading: [picks, truth, tomogram] + volumes.files)
    if byClass { return try compareByClass() }
    let tables = try comparedTables()
    let instances = try volumes.instances(keeping: try truthLabels())
    let figures = EvaluationFigures(
      tables: tables, instances: instances,
      semantic: try volumes.semanticMasks())
    if let curve {
      guard let points = tables?.evaluation.curve else {
        throw Failure(
          .badData, path: picks, "has no scores, so there is no precision-recall curve",
          remedy: "leave out --curve, or give picks with scores")
      }
      try AtomicFile.write(Array(EvaluationFigures.csv(points).utf8), to: curve)
    }
    show(figures.text, figures.json, figures.csv)
  }

  private func show(_ text: String, _ json: JSON, _ table: String) {
    if output.json {
      Output.json(json)
    } else {
      Output.line(csv ? table : text)
    }
  }

  private func comparedTables() throws -> (evaluation: TableEvaluation, radius: Length)? {
    guard let picks, let truth else { return nil }
    let radius = try radius(for: nil)
    let pickTable = try table(picks)
    var truthTable = try table(truth)
    if let truthClass { truthTable = try truthTable.ofClass(truthClass) }
    return try (compare(pickTable, truthTable, radius), radius)
  }

  private func compare(
    _ picks: PointTable, _ truth: PointTable, _ radius: Length
  ) throws -> TableEvaluation {
    let geometry = try tomogram.map { try Tomogram($0).geometry }
    let scale = try radius.scale(
      voxelSizeAngstroms: geometry.flatMap { $0.hasVoxelSize ? $0.voxelSizeAngstroms : nil }
        ?? PointTable.usualPixelSize(picks, truth).map { SIMD3(repeating: $0) })
    let pairs = try PointTable.paired(
      picks, truth, tomogram: tables.tomogramName ?? tomogram, geometry: geometry)
    for (table, remarks) in [(picks, pairs.remarks.picks), (truth, pairs.remarks.truth)] {
      for remark in remarks { Output.note("\(table.path ?? ""): \(remark)") }
    }
    if let fault = picks.scoreFault {
      guard curve == nil else {
        throw Failure(.badData, path: picks.path, fault, remedy: "leave out --curve")
      }
      Output.note("\(picks.path ?? ""): \(fault): there is no precision-recall curve")
    }
    return TableEvaluation(pairs.groups, radius: radius.length, scale: scale)
  }

  /// The table at `path`; where it states no pixel size, taken as the options say.
  private func table(_ path: String) throws -> PointTable {
    let table = try PointTable(path)
    for note in table.notes { Output.note("\(path): \(note)") }
    let reading = try tables.reading()
    return table.pixelSizeAngstroms == nil || tables.units.pointUnit != nil
      ? table.taken(as: reading) : table.taken(as: PointReading(tiltSeries: reading.tiltSeries))
  }

  /// The radius given, or half the diameter of the particles of the run that the picks are of.
  ///
  /// - Parameter name: their class; nil: the only one, or that of the truth.
  private func radius(for name: String?) throws -> Length {
    if let radius { return radius }
    guard let record else { throw noRadius }
    let kinds = (record["judgement"]?.array ?? []).filter { $0["wanted"]?.bool ?? true }
    let kind = kinds.count == 1 ? kinds[0] : kinds.first { $0["kind"]?.string == name ?? truthClass }
    guard
      let length = record["parameters"]?["diameter_voxels"]?.double.map({ $0 / 2 })
        ?? kind?["radius"]?.double,
      length > 0
    else { throw noRadius }
    return Length(voxels: length)
  }

  private var noRadius: ValidationError { ValidationError("Missing expected argument '--radius <r>'") }

  /// The record of the run that the picks lie beside.
  private var record: JSON? { picks.flatMap { try? JSON(contentsOf: Path.beside($0, "run.json")) } }

  /// The classes of the picks one by one.
  private func compareByClass() throws {
    guard let picks, let truth else { return }
    let (found, particles) = (try table(picks), try table(truth))
    guard !found.classNames.isEmpty else {
      throw Failure(
        .badData, path: picks, "has no column of classes",
        remedy: "leave out --by-class, or give --truth-class")
    }
    let classes = try found.classNames.map { name in
      let (own, theirs) = (try found.ofClass(name), try particles.ofClass(name))
      let instances = try volumes.instances(
        keeping: try particles.labels(ofClass: name, countingRows: false),
        found: Set(own.entries.compactMap(\.label)))
      let radius = try radius(for: name)
      return (
        name,
        EvaluationFigures(tables: (try compare(own, theirs, radius), radius), instances: instances)
      )
    }
    let figures = ClassFigures(classes)
    show(figures.text, figures.json, figures.csv)
  }

  /// The labels of the true volume that count; nil: all.
  private func truthLabels() throws -> Set<Int>? {
    guard volumes.truthInstances != nil else { return nil }
    if let table = volumes.truthLabels {
      return try PointTable(table).labels(ofClass: truthClass, countingRows: true)
    }
    return try truth.flatMap { try PointTable($0).labels(ofClass: truthClass, countingRows: false) }
  }
}

/// `--instances`, `--semantic` and their truths.
struct VolumePairOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Instances found, a label volume.", valueName: "mrc"))
  var instances: String?

  @Option(help: ArgumentHelp("True instances, a label volume.", valueName: "mrc"))
  var truthInstances: String?

  @Option(
    help: ArgumentHelp(
      "Only true instances of this table's rows count: by its column of labels, or else the nth row is label n.",
      valueName: "table"))
  var truthLabels: String?

  @Option(help: ArgumentHelp("Mask found, not 0 in particles.", valueName: "mrc"))
  var semantic: String?

  @Option(help: ArgumentHelp("True mask, not 0 in particles.", valueName: "mrc"))
  var truthSemantic: String?

  @Option(help: ArgumentHelp("Only this value of the true mask is a particle's.", valueName: "code"))
  var truthValue: Int?

  /// All that is read.
  var files: [String?] { [instances, truthInstances, truthLabels, semantic, truthSemantic] }

  var isGiven: Bool { instances != nil || semantic != nil }

  func validate() throws {
    for (found, truth, name) in [
      (instances, truthInstances, "instances"), (semantic, truthSemantic, "semantic"),
    ] where (found == nil) != (truth == nil) {
      throw ValidationError("'--\(name)' and '--truth-\(name)' belong together")
    }
    if truthLabels != nil && instances == nil { throw ValidationError("'--truth-labels' needs --instances") }
    if truthValue != nil && semantic == nil { throw ValidationError("'--truth-value' needs --semantic") }
  }

  func instances(keeping labels: Set<Int>?, found: Set<Int>? = nil) throws -> LabelComparison? {
    guard let instances, let truthInstances else { return nil }
    return try LabelComparison(
      try Tomogram(instances), truth: try Tomogram(truthInstances), keeping: labels, found: found)
  }

  func semanticMasks() throws -> LabelComparison? {
    guard let semantic, let truthSemantic else { return nil }
    return try LabelComparison(
      try Tomogram(semantic), truth: try Tomogram(truthSemantic), keeping: truthValue.map { [$0] })
  }
}

/// `--radius`.
extension Length: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
