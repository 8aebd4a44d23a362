import ArgumentParser
import CommandLineKit
import Cryo
import Files
import Parallel
import Project
import Runs
import Synchronization
import Volumes

/// A task that encodes its share of a project's slices.
struct EncodingTask {
  private let project: Project
  private let shares: EncodingShares
  private let common: CommonOptions
  private let stop = StopFlag()

  init(_ project: Project, seconds: SliceSeconds, common: CommonOptions) {
    (self.project, self.common) = (project, common)
    shares = EncodingShares(project.subjects.map(project.slices), seconds)
  }

  /// Encodes what is missing of the share. A tomogram that cannot be encoded is passed over: its segmentation tells why.
  ///
  /// - Throws: the exit code of what was stopped, or 1 if a tomogram was passed over.
  func run(_ shard: Shard) throws {
    Termination.call { [stop] in stop.set() }
    try common.prepareForNetworks()
    Signals.endCleanly(goingOn: true)
    let share = shares.share(shard.index, of: shard.count)
    let subjects = Set(share.map(\.subject)).sorted()
    var (encoded, there, failed) = (0, 0, 0)
    for subject in subjects {
      if isToEnd { throw stopped(encoded) }
      do {
        let done = try encode(subject, share.filter { $0.subject == subject })
        (encoded, there) = (encoded + done.made, there + done.all - done.made)
        if !done.isWhole { throw stopped(encoded) }
      } catch let failure as Failure {
        Output.note("\(project.subjects[subject].name): \(failure)")
        failed += 1
      }
    }
    Output.line("\(encoded) slices encoded, \(there) were there")
    if failed > 0 { throw ExitCode(1) }
  }

  private var isToEnd: Bool { stop.isSet || JobEnd.isNear }

  /// One that did nothing in its time is not to be started again.
  private func stopped(_ encoded: Int) -> ExitCode {
    Output.note("stopped after \(encoded) slices")
    return ExitCode(encoded > 0 ? JobEnd.code : JobEnd.terminated)
  }

  /// Encodes the slices of `parts` of tomogram `number`, or some of them if this is to end.
  private func encode(
    _ number: Int, _ parts: [EncodingShares.Part]
  ) throws -> (made: Int, all: Int, isWhole: Bool) {
    let subject = project.subjects[number]
    guard project.state(number, project.queries()).isDone == false else { return (0, 0, true) }
    let segment = try project.segment(number, queries: ["query.safetensors"])
    let (parameters, _) = try segment.parameters()
    try SliceStore.makeOwn(project.slices(subject))
    // Nothing is read twice here.
    var context = try RunContext(
      subject.path, name: subject.run, cache: project.slices(subject), memoryLimit: 0, parameters: parameters,
      diameter: segment.segmentation.diameterIfGiven, observer: CommandLineObserver(common))
    let points = try context.prompts(files: [], points: segment.prompted.point.map(\.point)).points
    let (networks, _) = try context.networks(
      dino: segment.features.dino, sam: segment.sam, at: context.worked(points).map(\.point),
      segment.precision)
    let embeddings = SliceFeatures(networks.sam.slices)
    let shape = context.tomogram.shape
    var (made, all) = (0, 0)
    for part in parts {
      let features = part.network == .features ? networks.dino?.features ?? embeddings : embeddings
      let axes = part.network == .features || networks.dino == nil ? [.z, .y, .x] : project.axes
      let slices = axes.flatMap { axis in (0..<shape[axis]).map { (axis: axis, index: $0) } }
      let wanted = Array(slices[part.slices.clamped(to: slices.indices)])
      let progress = context.observer.begin(
        "\(subject.name): \(part.network)", total: wanted.count, unit: "slices")
      defer { progress.finish() }
      // Few at once, so that it can stop soon.
      let batch = part.network == .features ? 2 * Parallel.threads : 1
      for first in stride(from: 0, to: wanted.count, by: batch) {
        if isToEnd { return (made, all, false) }
        let now = Array(wanted[first..<min(wanted.count, first + batch)])
        made += try features.extract(now, progress: progress)
        all += now.count
      }
    }
    return (made, all, true)
  }
}

/// Set once, from any thread.
private final class StopFlag: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
