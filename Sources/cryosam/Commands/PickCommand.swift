import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Points
import Reports
import Runs
import Volumes

/// `cryosam pick`: another cut through the finds of a run.
struct PickCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pick",
    abstract: "Decide again which finds of a run are picks.",
    discussion: """
      EXAMPLES
        cryosam pick result --count 40
        cryosam pick result --threshold 0.4
        cryosam pick result --auto --size 0.5,2
        cryosam pick result --formats relion5,imod --tomograms tomograms.star

      Every find of a run of 'cryosam segment' is in its candidates.star, with its score: 1 is exactly like the prompted
      particles. Tables, volumes, overview.png and report.html are written again; no network is needed.
      """)

  @Argument(help: "The folder of a run of 'cryosam segment'.")
  var folder: String

  @OptionGroup var cut: CutOptions

  @Option(help: ArgumentHelp("The tomogram, if it is not where it was.", valueName: "tomogram"))
  var tomogram: String?

  @Option(help: PickFormatList.help(default: "those that are there; these are added"))
  var formats: PickFormatList?

  @Option(help: ArgumentHelp("RELION's tomograms.star, for its formats.", valueName: "star"))
  var tomograms: String?

  func run() throws {
    let folder = try RunPath.folder(folder)
    let record = try JSON(contentsOf: "\(folder)/run.json")
    try JudgedRun.check(record, of: folder)
    let path = try tomogram ?? RecordedTomogram.path(in: record, of: folder)
    let volume = try PipelineParameters(contrastOf: record).tomogram(
      path, name: RecordedTomogram.name(in: record))
    if tomogram == nil { try RecordedTomogram.check(volume.sha256(), of: path, in: record) }
    let tiltSeries = try tomograms.map { try TiltSeriesTable($0) }
    let series =
      try formats?.series(in: tiltSeries, named: volume.tableName, of: volume)
      ?? tiltSeries?.series(of: volume.tableName)
    let result = try RunFolder(updating: folder, names: ResultNames.all(PipelineParameters()))
    let run = try JudgedRun(result, record, of: volume)
    let cut = run.fitted(cut.cut)
    let judgement = run.judgement(by: cut)
    let instances = try result.rewrite(
      record, judgement, by: cut, of: volume, alsoIn: formats?.formats ?? [], series: series)
    for line in judgement.lines { Output.note(line) }
    Output.line(
      "\(instances.instances.count) particles of \(run.finds.count) finds; look at \(folder)/\(ResultNames.report) first"
    )
  }
}
