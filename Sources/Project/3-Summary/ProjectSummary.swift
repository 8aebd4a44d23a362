import Cryo
import Files
import Images
import Points
import Runs

/// What a project found, tomogram by tomogram.
public struct ProjectSummary: Sendable {
  struct Row: Sendable {
    let name: String
    let state: SubjectState
    /// What is read of a tomogram that is done.
    let found: Found?

    var failure: String? {
      switch state {
      case .done: nil
      case .failed(let reason): reason
      case .missing: "not done yet"
      }
    }
  }

  struct Found: Sendable {
    let picks: [(score: Double, kind: String?)]
    let table: STARFile
    let proposals: Int?
    let thumbnail: RGBImage?

    var meanScore: Double? {
      picks.isEmpty ? nil : picks.reduce(0) { $0 + $1.score } / Double(picks.count)
    }

    /// `30 ribosome, 12 proteasome`; empty if picks have no kinds.
    var kinds: String {
      var seen = Set<String>()
      return picks.compactMap(\.kind).filter { seen.insert($0).inserted }.sorted().map { name in
        "\(picks.count { $0.kind == name }) \(name)"
      }.joined(separator: ", ")
    }
  }

  let project: Project
  let rows: [Row]

  /// Reads the results of `project`. Those that are damaged count as failed.
  public init(_ project: Project) {
    self.project = project
    rows = zip(project.subjects, project.states()).map { subject, state in
      guard state.isDone else { return Row(name: subject.name, state: state, found: nil) }
      do {
        return Row(name: subject.name, state: state, found: try Found(project.results(subject)))
      } catch {
        return Row(name: subject.name, state: .failed("its results: \(error)"), found: nil)
      }
    }
  }

  public var done: Int { rows.count { $0.found != nil } }
  /// The tomograms that are not done, and why.
  public var failures: [(name: String, reason: String)] {
    rows.compactMap { row in row.failure.map { (row.name, $0) } }
  }
  public var picks: Int { rows.reduce(0) { $0 + ($1.found?.picks.count ?? 0) } }

  /// `summary.star`, `picks.star` and `summary.html`.
  ///
  /// - Throws: `Failure` if they cannot be written.
  public func write() throws {
    func write(_ text: String, _ name: String) throws {
      try AtomicFile.write(Array(text.utf8), to: "\(project.folder)/\(name)")
    }
    try write(starText, "summary.star")
    try write(picksText, "picks.star")
    try write(try html(), Self.page)
  }

  /// What is to be looked at first.
  public static let page = "summary.html"
}

extension ProjectSummary.Found {
  /// Reads the folder of a complete run.
  ///
  /// - Throws: `Failure` if its picks cannot be read.
  init(_ folder: String) throws {
    let path = "\(folder)/\(PickFormat.star.fileName)"
    table = try STARFile(path)
    picks = try PointTable(path).entries.map { ($0.score ?? 0, $0.className) }
    proposals = (try? JSON(contentsOf: "\(folder)/run.json"))?["counts"]?["proposals"]?.int
    thumbnail = (try? PNGFile.read("\(folder)/overview.png"))?.reduced(toSide: 160)
  }
}
