import Files

/// What is done of a project, tomogram by tomogram, and the time that the rest may take here.
public struct ProjectStatus: Sendable {
  public struct Row: Sendable {
    public let name: String
    public let state: SubjectState
    /// Nil if the tomogram's size is not known.
    public let slices: SliceCounts?
    public let stored: SliceCounts
    /// The picks of a tomogram that is done.
    public let picks: Int?
  }

  public let rows: [Row]
  /// Nil before any tomogram is done.
  public let secondsLeft: Double?

  /// Looks into the folder of `project`.
  public init(_ project: Project) {
    let states = project.states()
    var rate = WorkRate()
    rows = zip(project.subjects, states).map { subject, state in
      let record = state.isDone ? try? JSON(contentsOf: "\(project.results(subject))/run.json") : nil
      let slices = project.slices(of: subject)
      if let record, let slices { rate.add(record, slices) }
      return Row(
        name: subject.name, state: state, slices: slices, stored: project.stored(subject),
        picks: record?["counts"]?["instances"]?.int)
    }
    let left = rows.filter { $0.state == .missing }.map(rate.seconds)
    secondsLeft = left.contains(nil) ? nil : left.compactMap { $0 }.reduce(0, +)
  }

  public var done: Int { rows.count { $0.state.isDone } }
  public var missing: Int { rows.count { $0.state == .missing } }
  public var failed: Int { rows.count - done - missing }

  /// `2 of 6 done, 1 failed, 3 missing; about 2 min left`
  public var line: String {
    let counts =
      "\(done) of \(rows.count) done" + (failed > 0 ? ", \(failed) failed" : "")
      + (missing > 0 ? ", \(missing) missing" : "")
    guard missing > 0 else { return counts }
    return counts + "; "
      + (secondsLeft.map { "about \(duration($0)) left" } ?? "the time left is known when one is done")
  }

  /// A line for each tomogram, below titles.
  public var table: String {
    let titles = ["tomogram", "features", "embeddings", "segmentation", "picks"]
    return alignedTable([titles] + rows.map(\.cells))
  }

  public var json: JSON {
    [
      "done": .integer(done), "failed": .integer(failed), "missing": .integer(missing),
      "seconds_left": secondsLeft.map { .number($0.rounded()) } ?? .null,
      "tomograms": .array(rows.map(\.json)),
    ]
  }
}

extension ProjectStatus.Row {
  /// `features` and `embeddings`: done, missing, or `12 of 224`.
  private func words(_ part: KeyPath<SliceCounts, Int>) -> String {
    guard let all = slices?[keyPath: part] else {
      return stored[keyPath: part] == 0 ? "missing" : "\(stored[keyPath: part])"
    }
    if all == 0 { return "none" }
    // A tomogram that is done may not have needed all of them, or have kept none.
    let count = min(all, stored[keyPath: part])
    return count == all || state.isDone ? "done" : count == 0 ? "missing" : "\(count) of \(all)"
  }

  fileprivate var cells: [String] {
    let segmentation =
      switch state {
      case .done: "done"
      case .failed(let reason): "failed: \(reason)"
      case .missing: "missing"
      }
    return [name, words(\.features), words(\.embeddings), segmentation, picks.map { "\($0)" } ?? ""]
  }

  fileprivate var json: JSON {
    var object = JSON.Object()
    object.append("name", .string(name))
    for (stage, part) in [("features", \SliceCounts.features), ("embeddings", \SliceCounts.embeddings)] {
      object.append(
        stage,
        [
          "slices": slices.map { .integer($0[keyPath: part]) } ?? .null,
          "stored": .integer(stored[keyPath: part]),
        ])
    }
    switch state {
    case .done(let seconds):
      object.append("state", "done")
      object.append("seconds", .number(seconds))
      object.append("picks", picks.map { .integer($0) } ?? .null)
    case .failed(let reason):
      object.append("state", "failed")
      object.append("failure", .string(reason))
    case .missing: object.append("state", "missing")
    }
    return .object(object)
  }
}

/// Seconds for a slice, from the records of runs that are complete.
private struct WorkRate {
  private var (features, encoded) = (0.0, 0)
  private var (rest, slices) = (0.0, 0)

  mutating func add(_ record: JSON, _ counts: SliceCounts) {
    let performance = record["performance"]
    let seconds = (performance?["seconds"]?.object?.members ?? []).compactMap { member in
      member.value.double.map { (stage: member.key, seconds: $0) }
    }
    for (stage, time) in seconds {
      if stage == "features" { features += time } else { rest += time }
    }
    encoded += performance?["feature_slices_encoded"]?.int ?? 0
    slices += counts.embeddings
  }

  /// What the work on a tomogram that is missing may take. Where SAM's embeddings are there, half of its time is gone.
  func seconds(left row: ProjectStatus.Row) -> Double? {
    guard slices > 0 else { return nil }
    let each = (features: encoded > 0 ? features / Double(encoded) : 0, rest: rest / Double(slices))
    let all = row.slices ?? SliceCounts(features: slices, embeddings: slices)
    let left = max(0, all.features - row.stored.features)
    return Double(left) * each.features
      + (Double(all.embeddings) - Double(min(all.embeddings, row.stored.embeddings)) / 2) * each.rest
  }
}
