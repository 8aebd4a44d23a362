import Cryo
import Dispatch
import Files
import Platform
import Points
import Reports
import Runs
import Synchronization
import Volumes

/// One person's work, or several people's, on one tomogram: what was marked, found and decided. Everything that a page asks
/// for goes through here, from many threads; networks work on one thread, one thing after the other.
public final class ViewSession: Sendable {
  public let pictures: Pictures
  public let folder: String?
  let networks: Networks?
  /// Whether it is one of several that a list leads to.
  private let isListed: Bool
  private let worker = DispatchQueue(label: "networks")
  private let state: Mutex<State>

  struct State {
    /// Raised by every change that a page shows.
    var revision = 1
    /// nil where there is no folder for results.
    var journal: Journal?
    var decisions = Decisions()
    var clicks: [VoxelPoint: Click] = [:]
    var found: Found?
    var job: Job?
    /// What a page should tell.
    var message: String?
    var encoded: (sam: Int, features: Int, all: Int)?
    /// Whether slices are encoded while nobody asks for anything.
    var isEncoding = false
  }

  var tomogram: Tomogram { pictures.tomogram }

  /// Opens what is in `folder`.
  ///
  /// - Parameter folder: for the results; nil: there is nothing but to look.
  /// - Parameter networks: nil: nothing can be marked.
  /// - Throws: `Failure` if the folder is in use, or damaged, or of another tomogram.
  public init(
    _ pictures: Pictures, folder: String? = nil, networks: Networks? = nil, isListed: Bool = false
  ) throws {
    (self.pictures, self.folder, self.networks, self.isListed) = (pictures, folder, networks, isListed)
    state = Mutex(try Self.opened(folder, of: pictures.tomogram, encoded: networks?.encoded()))
    finishExport()
    for mark in state.withLock({ $0.decisions.marks }) { click(mark.point) }
  }

  /// What is in `folder`: the journal, and what the run found that is there, if any. The marks of a run that was not made
  /// here are taken over.
  private static func opened(
    _ folder: String?, of tomogram: Tomogram, encoded: (sam: Int, features: Int, all: Int)?
  ) throws -> sending State {
    var state = State()
    state.encoded = encoded
    guard let folder else { return state }
    let journal = try Journal(in: folder)
    if let run = try run(in: folder, of: tomogram) {
      if journal.entries.isEmpty {
        for mark in run.record.marks { try journal.append(.mark(mark)) }
        try journal.append(.searched(finds: run.finds.count))
      }
      state.found = Found(
        version: 1, run.judgement(by: run.cut), by: run.cut, in: tomogram.shape)
    }
    state.decisions = Decisions(journal.entries)
    state.journal = journal
    return state
  }

  /// The complete run in `folder`; nil if there is none.
  private static func run(in folder: String, of tomogram: Tomogram) throws -> JudgedRun? {
    guard access("\(folder)/run.json", F_OK) == 0 else { return nil }
    let record = try JSON(contentsOf: "\(folder)/run.json")
    let place = try RunFolder(updating: folder, names: ResultNames.all(PipelineParameters()))
    return try JudgedRun(place, record, of: tomogram)
  }
}

/// `value` as `body` leaves it.
private func changed<Value>(_ value: Value, _ body: (inout Value) -> Void) -> Value {
  var value = value
  body(&value)
  return value
}

// MARK: What people do

extension ViewSession {
  /// Keeps what a person did, and does what follows.
  ///
  /// - Parameter seen: what of a mark is known already.
  /// - Throws: `Failure` if it cannot be kept; `Refusal`.
  func act(_ action: Action, seen: VoxelMask = .empty) throws {
    let marked = try state.withLock { state -> VoxelPoint? in
      guard let journal = state.journal else { throw Refusal.notNow("there is no folder for results") }
      if case .mark(let mark) = action {
        guard networks != nil else { throw Refusal.notNow("nothing can be marked without --sam") }
        let point = mark.point
        guard tomogram.geometry.contains(x: point.x, y: point.y, z: point.z) else {
          throw Refusal.notNow("this point lies outside of the tomogram")
        }
      }
      if action == .undo, state.decisions.depth == 0 { throw Refusal.notNow("there is nothing to take back") }
      try journal.append(action)
      state.decisions = Decisions(journal.entries)
      state.revision += 1
      if case .mark(let mark) = action { return mark.point }
      return nil
    }
    if let marked { click(marked, seen: seen) }
  }

  /// Marks what is in `box`: SAM is asked with the box, and what it sees there is marked as a click on its middle would
  /// mark it.
  ///
  /// - Throws: `Refusal` if it sees nothing, or a search goes on; `Failure`.
  func mark(in box: SliceBox, _ name: String?) throws {
    guard let networks else { throw Refusal.notNow("nothing can be marked without --sam") }
    try state.withLock { state in
      guard state.journal != nil else { throw Refusal.notNow("there is no folder for results") }
      guard state.job == nil else { throw Refusal.notNow("a search goes on") }
    }
    let thing = try worker.sync {
      networks.stop.clear()
      return try networks.thing(in: box)
    }
    guard let thing else { throw Refusal.notNow("SAM sees nothing in this box") }
    try act(.mark(Mark(thing.point, name)), seen: thing.mask)
  }

  /// Has SAM look at `point`, unless it has.
  private func click(_ point: VoxelPoint, seen: VoxelMask = .empty) {
    guard let networks else { return }
    let isNew = state.withLock { state in
      guard state.clicks[point] == nil else { return false }
      state.clicks[point] = Click(mask: seen)
      return true
    }
    guard isNew else { return }
    worker.async { [self] in
      let isThere = state.withLock { $0.decisions.marks.contains { $0.point == point } }
      guard isThere else { return change { $0.clicks[point] = nil } }
      networks.stop.clear()
      do {
        change { $0.clicks[point]?.phase = .planes }
        let planes = try networks.planes(at: point)
        change { $0.clicks[point] = Click(phase: .volume, mask: planes) }
        let (mask, remarks) = try networks.particle(at: point)
        change { $0.clicks[point] = Click(phase: .done, mask: mask, remarks: remarks) }
      } catch {
        change { $0.clicks[point] = Click(phase: .failed, remarks: [Self.text(of: error)]) }
      }
      encodeNearest()
    }
  }

  /// Has the networks look at the slice nearest to the last mark that they have not seen, then at the next one. What people
  /// ask for comes between.
  private func encodeNearest() {
    guard let networks else { return }
    let encoded = networks.encoded()
    let begins = state.withLock { state in
      state.encoded = encoded
      state.revision += 1
      guard !state.isEncoding, state.job == nil else { return false }
      state.isEncoding = true
      return true
    }
    guard begins else { return }
    worker.async { [self] in
      networks.stop.clear()
      let point = state.withLock { $0.decisions.marks.last?.point }
      let isMore = point.map { (try? networks.encodeNearest(to: $0)) ?? false } ?? false
      state.withLock { $0.isEncoding = false }
      if isMore { encodeNearest() }
    }
  }

  /// Begins to find all things like those that are marked.
  ///
  /// - Throws: `Refusal` if that cannot be.
  func search() throws {
    guard let networks, let folder else { throw Refusal.notNow("nothing can be found without --sam") }
    let kinds = try state.withLock { state in
      guard state.job == nil else { throw Refusal.notNow("a search goes on") }
      let kinds = try state.decisions.kinds()
      state.job = Job(title: "waiting")
      state.message = nil
      state.revision += 1
      return kinds
    }
    worker.async { [self] in
      do {
        guard state.withLock({ $0.job?.isWanted ?? false }) else { throw Stop.Stopped() }
        networks.stop.clear()
        let observer = JobObserver { [self] body in
          change { state in state.job = state.job.map { changed($0, body) } }
        }
        let cut = networks.context.parameters.cut
        let result = try Search(networks, folder: folder, kinds: kinds, observer: observer) {
          [self] judgement in
          try networks.stop.check()
          show(judgement, by: cut)
        }.run()
        show(result, by: cut)
        try state.withLock { state in
          try state.journal?.append(.searched(finds: result.finds.count))
          state.decisions = Decisions(state.journal?.entries ?? [])
        }
      } catch {
        change { $0.message = error is Stop.Stopped ? "the search was ended" : Self.text(of: error) }
        restore()
      }
      let encoded = networks.encoded()
      change { ($0.job, $0.encoded) = (nil, encoded) }
      encodeNearest()
    }
  }

  /// Ends the search that goes on.
  func cancel() {
    change { state in state.job = state.job.map { changed($0) { $0.isWanted = false } } }
    networks?.stop.ask()
  }

  private func show(_ judgement: Judgement, by cut: Cut) {
    let version = state.withLock { $0.found?.version ?? 0 } + 1
    let found = Found(version: version, judgement, by: cut, in: tomogram.shape)
    change { $0.found = found }
  }

  /// Shows again what the folder has, after a search that did not end well.
  private func restore() {
    guard let folder, let run = try? Self.run(in: folder, of: tomogram) else {
      return change { $0.found = nil }
    }
    show(run.judgement(by: run.cut), by: run.cut)
  }

  /// A hidden file that is there while results are written again.
  private static let exporting = ".exporting"

  /// Writes the results again if the program was killed while it did.
  private func finishExport() {
    guard let folder, access("\(folder)/\(Self.exporting)", F_OK) == 0 else { return }
    do { _ = try export() } catch {
      change { $0.message = "an export that was cut off could not be finished: \(Self.text(of: error))" }
    }
  }

  /// Writes the results again, as they were decided.
  ///
  /// - Returns: how many picks there are.
  /// - Throws: `Refusal` if there are none to write, or a search goes on; `Failure`.
  func export() throws -> Int {
    try state.withLock { state in
      guard let folder, let journal = state.journal else {
        throw Refusal.notNow("there is no folder for results")
      }
      guard state.job == nil else { throw Refusal.notNow("a search goes on") }
      guard access("\(folder)/run.json", F_OK) == 0 else { throw Refusal.notNow("nothing was found yet") }
      let record = try JSON(contentsOf: "\(folder)/run.json")
      let result = try RunFolder(updating: folder, names: ResultNames.all(PipelineParameters()))
      let run = try JudgedRun(result, record, of: tomogram)
      let cut = state.decisions.cut(run.cut)
      let judgement = state.decisions.corrected(run.judgement(by: cut))
      try AtomicFile.write([], to: "\(folder)/\(Self.exporting)")
      let instances = try result.rewrite(
        record, judgement, by: cut, of: tomogram,
        corrections: .members(["cut": run.cut.json, "actions": .array(journal.entries.map(\.json))]))
      let picks = instances.instances.count
      try journal.append(.exported(picks: picks))
      unlink("\(folder)/\(Self.exporting)")
      state.decisions = Decisions(journal.entries)
      state.revision += 1
      return picks
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      state.revision += 1
    }
  }

  private static func text(of error: any Error) -> String {
    switch error {
    case let failure as Failure: "\(failure)"
    case let failure as any FailureConvertible: "\(failure.failure)"
    case Refusal.notNow(let reason): reason
    case is Stop.Stopped: "it was ended"
    default: "\(error)"
    }
  }
}

// MARK: What pages show

extension ViewSession {
  /// What changes; nil if it is still as at `revision`.
  func json(after revision: Int?) -> JSON? {
    state.withLock { state in
      guard state.revision != revision else { return nil }
      let decisions = state.decisions
      let marks = decisions.marks.map { mark in
        let click = state.clicks[mark.point]
        return JSON.members([
          "point": mark.point.json, "class": .string(mark.name ?? Decisions.unnamed),
          "wanted": .bool(mark.isWanted), "phase": .string((click?.phase ?? .waiting).rawValue),
          "voxels": .integer(click?.mask.count ?? 0),
          "remarks": .array((click?.remarks ?? []).map { .string($0) }),
        ])
      }
      let job = state.job.map { job in
        JSON.members([
          "title": .string(job.title), "done": .integer(job.done), "total": .integer(job.total),
          "note": job.note.map { .string($0) } ?? .null,
        ])
      }
      let encoded = state.encoded.map {
        JSON.members(["sam": .integer($0.sam), "features": .integer($0.features), "all": .integer($0.all)])
      }
      return .members([
        "revision": .integer(state.revision), "marks": .array(marks), "job": job ?? .null,
        "message": state.message.map { .string($0) } ?? .null, "encoded": encoded ?? .null,
        "found": .integer(state.found?.version ?? 0),
        "threshold": decisions.threshold.map { .number($0) } ?? .null,
        "depth": .integer(decisions.depth), "unsaved": .bool(decisions.isUnsaved && state.found != nil),
      ])
    }
  }

  /// All finds; nil if there are none.
  var finds: JSON? {
    let (found, decisions) = state.withLock { ($0.found, $0.decisions) }
    return found?.json(decisions)
  }

  /// The masks of the finds of `version`; nil if there are others by now.
  func masks(version: Int) -> [UInt8]? {
    let found = state.withLock { $0.found }
    return found.flatMap { $0.version == version ? $0.masks(in: tomogram.shape) : nil }
  }

  /// What is known of the mark at `point`.
  func mask(at point: VoxelPoint) -> [UInt8]? {
    state.withLock { $0.clicks[point]?.mask }?.bytes(in: tomogram.shape)
  }

  /// What never changes: the tomogram.
  var volume: JSON {
    let geometry = tomogram.geometry
    func vector(_ values: [Double]) -> JSON { .array(values.map { .number($0) }) }
    let (size, origin) = (geometry.voxelSizeAngstroms, geometry.originAngstroms)
    return .members([
      "name": .string(Path.name(tomogram.path ?? "tomogram")), "folder": folder.map { .string($0) } ?? .null,
      "shape": .array([.integer(geometry.depth), .integer(geometry.height), .integer(geometry.width)]),
      "voxelSize": geometry.hasVoxelSize ? vector([size.x, size.y, size.z]) : .null,
      "origin": vector([origin.x, origin.y, origin.z]),
      "counts": .array(pictures.counts.map { .integer($0) }), "marks": .bool(networks != nil),
      "keeps": .bool(folder != nil), "listed": .bool(isListed),
    ])
  }
}

extension JSON {
  /// The marks of the run with this record.
  fileprivate var marks: [Mark] {
    func points(_ name: String) -> [VoxelPoint] { (self[name]?.array ?? []).compactMap { VoxelPoint($0) } }
    let names = self["classes"]?.array?.map(\.string) ?? []
    let wanted = points("points_xyz").enumerated().map { number, point in
      Mark(point, number < names.count ? names[number] : nil)
    }
    return wanted + points("not_points_xyz").map { Mark($0, isWanted: false) }
  }
}
