import Files
import NN
import Parallel

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
  public private(set) var sections: [(name: String, value: JSON)] = []

  public init(version: String, command: [String]) {
    (self.version, self.command) = (version, command)
  }

  /// Adds a member to the record.
  public mutating func add(_ name: String, _ value: JSON) { sections.append((name, value)) }

  public mutating func add(inputs: [(role: String, input: Input)]) {
    var object = JSON.Object()
    for (role, input) in inputs { object.append(role, input.json) }
    add("inputs", .object(object))
  }

  public mutating func add(points: [VoxelPoint]) {
    add("points_xyz", .array(points.map { [.number($0.x), .number($0.y), .number($0.z)] }))
  }

  public mutating func add(counts: KeyValuePairs<String, Int>) {
    var object = JSON.Object()
    for (name, count) in counts { object.append(name, .integer(count)) }
    add("counts", .object(object))
  }

  /// The times and the work of the run, which depend on the machine, the threads and what a cache held.
  public mutating func add(_ work: Work) {
    var seconds = JSON.Object()
    for (stage, time) in work.seconds { seconds.append(stage, .number((time * 1000).rounded() / 1000)) }
    add(
      "performance",
      [
        "threads": .integer(Parallel.threads), "seconds": .object(seconds),
        "feature_slices_encoded": .integer(work.featureSlices),
        "sam_slices_encoded": .integer(work.prompting.encoded),
        "sam_prompts_decoded": .integer(work.prompting.decoded),
      ])
  }

  public var json: JSON {
    var object = JSON.Object()
    object.append("program", "cryosam")
    object.append("version", .string(version))
    object.append("command", .array(command.map { .string($0) }))
    for (name, value) in sections { object.append(name, value) }
    return .object(object)
  }
}

extension QueryFeature {
  /// Saves the query as tensor `query [3, C]`, views z, y, x.
  public func write(to path: String) throws {
    try SafetensorsFile.write(
      [("query", Tensor([3, channels], Array(views.joined())))], metadata: ["views": "z y x"], to: path)
  }

  /// Reads a query that `write` saved.
  ///
  /// - Throws: `Failure` if the file holds none.
  public init(_ path: String) throws {
    let tensor = try SafetensorsFile(path).tensor("query")
    guard tensor.rank == 2, tensor.shape[0] == 3, tensor.shape[1] > 0 else {
      throw Failure(
        .badData, path: path, "tensor 'query' has shape \(tensor.shape), not [3, C]",
        remedy: "give a query.safetensors of 'cryosam match' or 'cryosam segment'")
    }
    self.init(views: (0..<3).map { tensor[$0].values })
  }
}
