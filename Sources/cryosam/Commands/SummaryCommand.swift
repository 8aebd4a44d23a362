import ArgumentParser
import CommandLineKit
import Files
import Reports

/// `cryosam summary`: what runs found, in numbers.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Count and measure what runs found: volumes, density, nearest neighbours.",
    discussion: """
      EXAMPLES
        cryosam summary result
        cryosam summary lab/results/* -o numbers

      Prints a line for each class in each result: particles, particles per cubic micrometre of tomogram, the volume of
      a particle and the distance to the nearest one of its class, as median (least to most). With -o the folder gets
      summary.csv, particles.csv with a row for each particle, and summary.html. What needs the voxel size is left empty
      where the tomogram does not state it.
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "result"))
  var results: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("Folder for the tables and the page.", valueName: "folder"))
  var output: String?

  @OptionGroup var place: PlaceOptions

  @Flag(help: "Replace tables that are in the folder already.")
  var force = false

  func run() throws {
    let files = output.map { folder in
      [RunSummary.table, RunSummary.particleTable, RunSummary.page].map { "\(folder)/\($0)" }
    }
    if let output { try place.check(output) }
    try OutputFile.check(files ?? [], force: force)
    let summary = RunSummary(
      try results.map { path in
        let folder = try RunPath.folder(path)
        return try RunSummary.Result(folder, record: try JSON(contentsOf: "\(folder)/run.json"))
      })
    for result in summary.results where !result.hasVoxelSize {
      Output.note("\(result.folder): the voxel size is not known: particles are only counted")
    }
    guard let output, let files else { return Output.line(summary.text) }
    try Folder.make(output)
    for (file, text) in zip(files, [summary.csv, summary.particlesCSV, summary.html]) {
      try AtomicFile.write(Array(text.utf8), to: file)
    }
    Output.line("\(summary.count) particles in \(summary.results.count) results: \(files[2])")
  }
}
