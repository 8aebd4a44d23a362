import Files
import FoundationEssentials
import TestSupport
import Volumes

/// Small tomograms and the tiny trained models in a folder, and projects of them.
struct SmallProject {
  let folder: String
  /// As their results are called.
  let tomograms: [String]

  /// Writes `t1.mrc`, `t2.mrc` and so on, the last of them cut off if one is to be damaged; a click is in the first.
  init(_ folder: String, count: Int, damaged: Bool = false) throws {
    self.folder = folder
    tomograms = (1...count).map { "t\($0)" }
    try SmallTomogram.writeNetworks(folder)
    for (number, name) in tomograms.enumerated() {
      // All are different, and all after the fourth differ from the first four in their values alone.
      let voxels = try SmallTomogram.voxels(turned: number % 4).map { $0 + Float(number / 4) }
      try MRCWriter<Float>.write(voxels, to: "\(folder)/\(name).mrc", geometry: SmallTomogram.geometry)
    }
    guard damaged, let last = tomograms.last else { return }
    try TestData.write(
      Array(try TestData.bytes("\(folder)/\(last).mrc").prefix(50_000)), to: "\(folder)/\(last).mrc")
  }

  /// What `init` needs beside the tomograms and what is pointed at.
  var options: [String] {
    [
      "--dino", "\(folder)/dino.safetensors", "--sam", "\(folder)/sam.safetensors", "--setting",
      "dino_size=126",
      "--setting", "top_k=3", "--setting", "max_area=400", "--setting", "threshold=0", "--setting",
      "size=0.01,100", "--setting", "axes=z",
    ]
  }

  /// Slices of a tomogram: those of three axes for features, and across z for SAM.
  static let features = 98
  static let embeddings = 14
  static let slices = features + embeddings

  /// Makes the project `name`, and returns its folder.
  func make(_ name: String, _ more: [String] = []) throws -> String {
    let place = more.contains("--tomograms") || more.contains("--copick") ? [] : ["--tomograms", folder]
    let project = "\(folder)/projects/\(name)"
    let run = try ProgramRun(
      "cryosam",
      ["project", "init", project] + place + ["--point", SmallTomogram.point] + options + more)
    guard run.code == 0 else { throw Failure(.internalError, "init: \(run.error)") }
    return project
  }

  /// What `project status --json` prints.
  static func status(_ project: String) throws -> JSON {
    let run = try ProgramRun("cryosam", ["project", "status", project, "--json"])
    guard run.code == 0 else { throw Failure(.internalError, "status: \(run.error)") }
    return try Array(run.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
  }

  /// All that must be the same whenever and wherever the work of `project` is done, by the files' names: tables, and what
  /// is in the folders of results, but for times and the project's own path.
  static func results(_ project: String) throws -> [String: [UInt8]] {
    var files = try contents(of: "\(project)/results", below: "results")
    for name in ["summary.star", "picks.star"] { files[name] = try TestData.bytes("\(project)/\(name)") }
    for (name, bytes) in files where name.hasSuffix("/run.json") {
      var record = try bytes.withUnsafeBytes { try JSON(parsing: $0) }.object ?? JSON.Object()
      record["performance"] = nil
      files[name] = Array(JSON.object(record).text.replacing(project, with: "PROJECT").utf8)
    }
    return files.filter { !$0.key.hasSuffix("/report.html") }
  }

  /// The stored slices of `project`, by their paths.
  static func slices(_ project: String) throws -> [String: [UInt8]] {
    try contents(of: "\(project)/slices", below: "slices").filter { $0.key.hasSuffix(".safetensors") }
  }

  private static func contents(of folder: String, below name: String) throws -> [String: [UInt8]] {
    try TestData.names(in: folder).reduce(into: [:]) { files, entry in
      let (path, name) = ("\(folder)/\(entry)", "\(name)/\(entry)")
      if Folder.isFolder(path) {
        files.merge(try contents(of: path, below: name)) { $1 }
      } else {
        files[name] = try TestData.bytes(path)
      }
    }
  }
}

/// The names under which two sets of files differ.
func differences(_ a: [String: [UInt8]], _ b: [String: [UInt8]]) -> [String] {
  Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
}
