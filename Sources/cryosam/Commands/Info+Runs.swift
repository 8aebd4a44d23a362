import Cryo
import Files
import FoundationEssentials
import Platform
import Runs

/// Runs by their folders and records, and folders of other files.
extension FileReport {
  /// The names of the records that the commands write, and what each record's folder is to be looked at by.
  private static let records = [
    "run.json": [ResultNames.report, ResultNames.proposals], "study.json": ["tables.md"],
    "simulate.json": ["overview.png", "tomogram.mrc"],
  ]

  /// The record at `path`, if it is one that this program wrote.
  static func record(_ path: String) -> JSON? {
    guard records[Path.name(path)] != nil, let record = try? JSON(contentsOf: path) else { return nil }
    return record["program"]?.string == "cryosam" ? record : nil
  }

  /// A folder: that of a run, or one of tomograms.
  ///
  /// - Throws: `Failure` if it holds neither.
  mutating func describeFolder(_ path: String) throws {
    for name in Self.records.keys.sorted() {
      guard let record = Self.record("\(path)/\(name)") else { continue }
      return describeRun(record, at: "\(path)/\(name)")
    }
    let names = TomogramPath.tomograms(in: path)
    guard !names.isEmpty else {
      throw Failure(
        .noInput, path: path, "is a folder without results of a run or tomograms",
        remedy: "name a file in it")
    }
    add("format", "folder")
    add("tomograms", "\(names.count)", "tomograms", .array(names.map { .string($0) }))
    add(details: names.map { "  \(path)/\($0)" })
  }

  /// A run by its record at `path`.
  mutating func describeRun(_ record: JSON, at path: String) {
    let folder = Path.folder(path)
    add("format", "run of cryosam \(record["version"]?.string ?? "")")
    let words = (record["command"]?.array ?? []).compactMap(\.string)
    add("command", words.joined(separator: " "), "command", .array(words.map { .string($0) }))
    var status = stat()
    if stat(path, &status) == 0 {
      add("ended", Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)).ISO8601Format())
    }
    if let tomogram = record["inputs"]?["tomogram"]?["path"]?.string {
      let found = try? RecordedTomogram.path(in: record, of: folder)
      add("tomogram", found ?? "\(tomogram), which is no longer there", "tomogram", .string(tomogram))
    }
    for (name, count) in record["counts"]?.object?.members ?? [] {
      guard let number = count.int else { continue }
      add(name.replacing("_", with: " "), "\(number)", name, .integer(number))
    }
    let results = Self.records[Path.name(path)]?.map { "\(folder)/\($0)" } ?? []
    if let first = results.first(where: { access($0, F_OK) == 0 }) { add("look at", first, "look_at") }
  }
}
