import Files
import Platform

/// Where the queries of tomograms without points come from.
public enum ProjectQueries: Sendable, Equatable {
  /// Files, and the SHA-256 of each.
  case ready([(path: String, sha256: String)])
  /// Tomograms with points are not settled yet.
  case waiting

  public static func == (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.ready(let a), .ready(let b)): a.elementsEqual(b, by: ==)
    case (.waiting, .waiting): true
    default: false
    }
  }

  public var paths: [String] { if case .ready(let files) = self { files.map(\.path) } else { [] } }
}

/// What is done, read from the folder: nobody keeps it in memory, so any number of processes may look and work.
extension Project {
  /// The state of every tomogram, in order.
  public func states() -> [SubjectState] {
    let queries = queries()
    return subjects.indices.map { state($0, queries) }
  }

  /// The queries of the tomograms without points: the project's, or those of the tomograms with points that are done.
  public func queries() -> ProjectQueries {
    if let query { return .ready(Self.summed([query])) }
    let states = prompted.map { (number: $0, state: state($0, .ready([]))) }
    guard !states.contains(where: { $0.state == .missing }) else { return .waiting }
    return .ready(
      Self.summed(
        states.filter(\.state.isDone).map { "\(results(subjects[$0.number]))/query.safetensors" }))
  }

  private static func summed(_ paths: [String]) -> [(path: String, sha256: String)] {
    paths.map { ($0, (try? SHA256.hexDigest(ofFile: $0)) ?? "") }
  }

  /// How far tomogram `number` is. What was done with other settings, points, weights or another file is missing.
  public func state(_ number: Int, _ queries: ProjectQueries) -> SubjectState {
    let subject = subjects[number]
    guard let stored = StoredState(state(subject)), stored.key == key(number, queries) else {
      return .missing
    }
    if stored.state.isDone, access("\(results(subject))/run.json", F_OK) != 0 { return .missing }
    return stored.state
  }

  /// Stores how the work on tomogram `number` ended, which was begun under `key`.
  public func store(_ state: SubjectState, _ number: Int, key: String) throws {
    try StoredState(key: key, state: state).write(to: self.state(subjects[number]))
  }

  /// The SHA-256 of all that the result of tomogram `number` depends on; of the tomogram its `FileStamp` stands for what is in it.
  public func key(_ number: Int, _ queries: ProjectQueries) -> String {
    let subject = subjects[number]
    let stamp = FileStamp(subject.path)
    var object = JSON.Object()
    object.append("tomogram", .string(subject.path))
    object.append("bytes", stamp.map { .integer($0.bytes) } ?? .null)
    object.append(
      "written", stamp.map { .array([.integer($0.seconds), .integer($0.nanoseconds)]) } ?? .null)
    if subject.run != nil { object.append("place", .array(tomogram(subject).map { .string($0) })) }
    object.append("points", .array(subject.points.map { .string($0) }))
    if subject.points.isEmpty {
      switch queries {
      case .ready(let files): object.append("queries", .array(files.map { .string($0.sha256) }))
      case .waiting: object.append("queries", .null)
      }
    }
    object.append("dino", dino.map { .string($0.sha256) } ?? .null)
    object.append("sam", .string(sam.sha256))
    object.append("settings", .array(settings.arguments.map { .string($0) }))
    return Array(JSON.object(object).text.utf8).withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  /// - Throws: `Failure` if weights are not those that the project was made with.
  public func checkWeights() throws {
    for weights in [dino, sam].compactMap({ $0 }) where !weights.sha256.isEmpty {
      guard try SHA256.hexDigest(ofFile: weights.path) != weights.sha256 else { continue }
      throw Failure(
        .badData, path: weights.path, "is not the file of weights that the project was made with",
        remedy: "bring that back, or make the project anew with 'cryosam project init --force'")
    }
  }
}
