import ArgumentParser
import CommandLineKit
import Cryo
import Evaluation
import Files
import Points
import Reports
import Runs
import Volumes

/// `cryosam report`: a run's page, made again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write report.html of a complete run again, also with the truth.",
    discussion: """
      EXAMPLES
        cryosam report result
        cryosam report result --truth truth.star --radius 11
        cryosam report result --truth phantom/particles.star --truth-class ribosome --radius 110A \\
          --truth-instances phantom/instances.mrc
      """)

  @Argument(help: "The folder of a run of 'cryosam segment'.")
  var folder: String

  @Option(help: ArgumentHelp("The tomogram, if it is not where it was.", valueName: "tomogram"))
  var tomogram: String?

  @Option(help: ArgumentHelp("The true particles: as for evaluate.", valueName: "table"))
  var truth: String?

  @Option(
    help: ArgumentHelp(
      "How far a pick may be from its particle, in voxels, or with an A in Angstroms.", valueName: "r"))
  var radius: Length?

  @Option(help: ArgumentHelp("Only true particles of this class or species count.", valueName: "name"))
  var truthClass: String?

  @Option(help: ArgumentHelp("True instances, a label volume.", valueName: "mrc"))
  var truthInstances: String?

  func validate() throws {
    guard (truth == nil) == (radius == nil) else {
      throw ValidationError("'--truth' and '--radius' belong together")
    }
    if truth == nil && (truthClass != nil || truthInstances != nil) {
      throw ValidationError("'--truth-class' and '--truth-instances' need --truth")
    }
  }

  func run() throws {
    let folder = try RunPath.folder(folder)
    let record = try JSON(contentsOf: "\(folder)/run.json")
    let path = try tomogram ?? RecordedTomogram.path(in: record, of: folder)
    let volume = try PipelineParameters(contrastOf: record).tomogram(
      path, name: RecordedTomogram.name(in: record))
    if tomogram == nil { try RecordedTomogram.check(volume.sha256(), of: path, in: record) }
    let report = try RunReport(folder, record: record, tomogram: volume, truth: try truth(volume, folder))
    let output = "\(folder)/report.html"
    try OutputFile.check(output, force: true, reading: [path, truth, truthInstances])
    try AtomicFile.write(Array(try report.html().utf8), to: output)
    Output.line(output)
  }

  private func truth(_ volume: Tomogram, _ folder: String) throws -> RunReport.Truth? {
    guard let truth, let radius else { return nil }
    let table = try PointTable(truth)
    let instances = try truthInstances.map { path in
      try LabelComparison(
        try Tomogram(ResultNames.instances(in: folder)), truth: try Tomogram(path),
        keeping: try table.labels(ofClass: truthClass, countingRows: false))
    }
    let compared = try RunReport.Truth(
      try truthClass.map { try table.ofClass($0) } ?? table, radius: radius, folder: folder, tomogram: volume,
      instances: instances)
    for note in table.notes + compared.notes { Output.note("\(truth): \(note)") }
    return compared
  }
}
