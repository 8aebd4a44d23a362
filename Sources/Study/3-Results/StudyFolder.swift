import Files
import Runs

/// The folder of a study: `runs.csv`, `times.csv`, `tests.csv`, `tables.md`, a picture for each sweep and, when all is
/// complete, `study.json`; in `runs/` the finished runs.
public struct StudyFolder {
  private let folder: RunFolder
  private static let names = ["study.json", "runs.csv", "times.csv", "tests.csv", "tables.md"]

  /// Takes the folder `path` for a study, making it if need be. A study that was there before is taken up again, its
  /// tables are written anew.
  ///
  /// - Throws: `Failure` if it holds such files of somebody else, another study is writing there, or it cannot be made.
  public init(_ path: String, _ configuration: StudyConfiguration) throws {
    let isStudy = (try? JSON(contentsOf: "\(path)/study.json"))?["program"]?.string == "cryosam"
    folder = try RunFolder(
      path, force: isStudy, names: Self.names + configuration.sweeps.map(\.pictureName),
      inputs: configuration.subjects.flatMap { [$0.path, $0.truth, $0.instances].compactMap { $0 } })
  }

  /// Writes everything; `record` says what made it.
  public func write(_ result: StudyResult, record: JSON) throws {
    func write(_ text: String, _ name: String) throws {
      try AtomicFile.write(Array(text.utf8), to: folder.file(name))
    }
    try write(result.runsCSV, "runs.csv")
    try write(result.timesCSV, "times.csv")
    try write(result.testsCSV, "tests.csv")
    try write(result.markdown, "tables.md")
    for sweep in result.configuration.sweeps { try write(result.picture(sweep), sweep.pictureName) }
    try folder.finish(record)
  }
}
