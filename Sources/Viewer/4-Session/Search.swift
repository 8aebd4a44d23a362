import Cryo
import Points
import Reports
import Runs

/// Finds all things like those that are marked, and writes what `cryosam segment` writes for the same points.
struct Search {
  private let networks: Networks
  private let folder: String
  private let kinds: [PromptedKind]
  private let observer: any RunObserver
  private let found: @Sendable (Judgement) throws -> Void

  /// - Parameter found: told of all finds so far, batch by batch; what it throws ends the search.
  init(
    _ networks: Networks, folder: String, kinds: [PromptedKind], observer: any RunObserver,
    found: @escaping @Sendable (Judgement) throws -> Void
  ) {
    (self.networks, self.folder, self.kinds) = (networks, folder, kinds)
    (self.observer, self.found) = (observer, found)
  }

  /// - Returns: what was found, by the run's own cut.
  /// - Throws: `NoParticle`, `Failure`, what `found` throws.
  func run() throws -> Judgement {
    let (parameters, tomogram) = (networks.context.parameters, networks.context.tomogram)
    let inputs = networks.inputs.map(\.input.path)
    let folder = try RunFolder(folder, force: true, names: ResultNames.all(parameters), inputs: inputs)
    var run = networks.run(observer)
    run.found = found
    let map = try folder.similarityWriter(parameters, of: tomogram)
    let result = try Pipeline(features: networks.features, slices: networks.slices).segment(
      kinds, by: &run, similarities: map.map { map in { try map.append(Array($0)) } })
    try map?.commit()
    guard let judgement = result.judgement else { preconditionFailure("the profile judges") }
    try folder.write(
      result, of: tomogram, stretch: networks.slices.stretch, origin: networks.origin, formats: [.star])
    var record = networks.record
    record.add(inputs: networks.inputs)
    record.add(kinds: kinds)
    record.add("parameters", parameters.json)
    record.add(result, run.work)
    try folder.writeReport(record.json, of: tomogram, stretch: networks.slices.stretch)
    try tomogram.checkUnchanged()
    try folder.finish(record.json)
    return judgement
  }
}
