import Files
import Platform

/// The tomogram of a run that is complete, as its record names it.
public enum RecordedTomogram {
  static let nameKey = "tomogram_name"

  /// What tables call it, if not as its file.
  public static func name(in record: JSON) -> String? { record[nameKey]?.string }

  /// The path of the tomogram of the run in `folder`: seen from where the run was started, from here, from the folder of
  /// the results and the one around it, and last by its name alone beside the results.
  ///
  /// - Throws: `Failure` if the record names none, or it is at none of these places.
  public static func path(in record: JSON, of folder: String) throws -> String {
    guard let path = record["inputs"]?["tomogram"]?["path"]?.string else {
      throw Failure(
        .badData, path: "\(folder)/run.json", "names no tomogram", remedy: "give it with --tomogram")
    }
    let started = record["working_folder"]?.string.map { "\($0)/\(path)" }
    let seen =
      path.hasPrefix("/")
      ? [path] : [started, path, "\(folder)/\(path)", "\(folder)/../\(path)"].compactMap { $0 }
    let beside = ["\(folder)/\(Path.name(path))", "\(folder)/../\(Path.name(path))"]
    guard let found = (seen + beside).first(where: { access($0, F_OK) == 0 }) else {
      throw Failure(
        .noInput, path: path, "the run's tomogram is no longer there",
        remedy: "say where it is with --tomogram")
    }
    return found
  }

  /// Checks that the tomogram at `path`, whose checksum is `sha256`, is the one that `record` is about.
  ///
  /// - Throws: `Failure` if it is another.
  public static func check(_ sha256: String, of path: String, in record: JSON) throws {
    guard let recorded = record["inputs"]?["tomogram"]?["sha256"]?.string, recorded != sha256 else { return }
    throw Failure(
      .badData, path: path, "is not the tomogram that the run was on: its checksum is another",
      remedy: "say where that is with --tomogram")
  }
}
