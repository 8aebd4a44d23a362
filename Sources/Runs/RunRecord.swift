import Files
import Volumes

/// What `run.json` says of a run: enough to repeat it, and what it cost.
///
/// All but `performance` is the same for every repetition of the run.
public struct RunRecord: Sendable {
  /// A file the run read.
  public struct Input: Sendable {
    public let path: String
    public let sha256: String

    public init(_ path: String, sha256: String) {
      (self.path, self.sha256) = (path, sha256)
    }

    var json: JSON { ["path": .string(path), "sha256": .string(sha256)] }
  }

  public let version: String
  /// The command line.
  public let command: [String]
  /// Where the command was given: paths that do not begin with a slash are meant from there.
  public let workingFolder: String?
  public private(set) var sections: [(name: String, value: JSON)] = []

  public init(version: String, command: [String], workingFolder: String? = nil) {
    (self.version, self.command, self.workingFolder) = (version, command, workingFolder)
  }

  /// Adds a member to the record.
  public mutating func add(_ name: String, _ value: JSON) { sections.append((name, value)) }

  public mutating func add(inputs: [(role: String, input: Input)]) {
    var object = JSON.Object()
    for (role, input) in inputs { object.append(role, input.json) }
    add("inputs", .object(object))
  }

  /// What tables call the tomogram, if not as its file.
  public mutating func add(name: String?) {
    if let name { add(RecordedTomogram.nameKey, .string(name)) }
  }

  public mutating func add(points: [VoxelPoint]) {
    add("points_xyz", .array(points.map { [.number($0.x), .number($0.y), .number($0.z)] }))
  }

  public mutating func add(counts: KeyValuePairs<String, Int>) {
    var object = JSON.Object()
    for (name, count) in counts { object.append(name, .integer(count)) }
    add("counts", .object(object))
  }

  public var json: JSON {
    var object = JSON.Object()
    object.append("program", "cryosam")
    object.append("version", .string(version))
    object.append("command", .array(command.map { .string($0) }))
    if let workingFolder { object.append("working_folder", .string(workingFolder)) }
    for (name, value) in sections { object.append(name, value) }
    return .object(object)
  }
}
