import Cryo
import Evaluation
import Files
import Runs
import Volumes

/// The runs of a study on one tomogram: what is not stored yet is done, one after the other, on encoded slices that
/// all share.
struct SubjectRuns {
  let study: Study
  let number: Int
  let files: StudyFiles
  let progress: any StageProgress
  /// Shows the slices being encoded.
  let observer: any RunObserver

  private var configuration: StudyConfiguration { study.configuration }
  private var subject: StudyConfiguration.Subject { configuration.subjects[number] }
  /// Where slices are kept: a folder for this tomogram alone, or the user's.
  private var cache: String { study.cache ?? "\(study.output)/cache/\(StudyFiles.slug(subject.name))" }

  /// What came out, in the order of the configuration's runs.
  struct Results: Sendable {
    var runs: [RunResult] = []
    /// For each of the other programs.
    var picks: [Figures] = []
    var encodings: [Encoding] = []
  }

  /// - Throws: `Failure` if a file cannot be read or written.
  func callAsFunction() throws -> Results {
    let tomogram = try Tomogram(subject.path)
    let truth = try StudyTruth(subject, tomogram)
    for note in truth.notes { observer.note(note) }
    if truth.inside.count < truth.points.count {
      observer.note(
        "\(subject.name): \(truth.points.count - truth.inside.count) of \(truth.points.count) true particles lie "
          + "outside of the tomogram; they are never prompts")
    }
    let runs = configuration.runs(on: number)
    let inputs = SubjectKey(study, tomogram: tomogram.sha256(), truth: truth.json, name: subject.name)
    let keys = runs.map { run in
      inputs.key(run, prompts: truth.prompts(run, seed: configuration.seed, tomogram: subject.name))
    }
    var results: [RunResult?] = zip(runs, keys).map { run, key in
      files.load(StudyFiles.name(run, subject), key).flatMap(RunResult.init)
    }
    progress.skip(results.count { $0 != nil })
    if study.cache == nil { try SliceStore.makeOwn(cache) }
    let encodings = try doMissing(runs, keys, &results, truth, inputs)
    if study.cache == nil { SliceStore.removeAll(in: cache) }
    let picks = try configuration.picks.map {
      try truth.figures($0, number, tomogram, named: subject.path)
    }
    return Results(runs: results.compactMap { $0 }, picks: picks, encodings: encodings)
  }

  /// Does the runs without a result, by profiles, which may see slices differently. Returns all encoding times.
  private func doMissing(
    _ runs: [StudyRun], _ keys: [JSON], _ results: inout [RunResult?], _ truth: StudyTruth,
    _ inputs: SubjectKey
  ) throws -> [Encoding] {
    var encodings: [Encoding] = []
    for profile in Profile.allCases {
      let own = runs.indices.filter { runs[$0].method.profile == profile }
      guard let first = own.first else { continue }
      let missing = own.filter { results[$0] == nil }
      var encoder = SliceEncoding(
        study: study, subject: subject, files: files, inputs: inputs, cache: cache, observer: observer,
        parameters: study.parameters(runs[first].method))
      // Times of earlier sessions are known without encoding anything.
      for extractor in FeatureExtractor.allCases
      where extractor == .sam || own.contains(where: { runs[$0].method.features == extractor }) {
        if let stored = encoder.stored(extractor) { encodings.append(stored) }
      }
      guard !missing.isEmpty else { continue }
      for index in missing {
        // Of few particles 5 % may be the same one as a single prompt.
        if let twin = keys.indices.first(where: { results[$0] != nil && keys[$0] == keys[index] }) {
          results[index] = results[twin]
          progress.skip(1)
          continue
        }
        let method = runs[index].method
        let (features, slices) = try encoder.sources(method.features)
        let pipeline = Pipeline(features: features, slices: slices)
        let prompts = truth.prompts(runs[index], seed: configuration.seed, tomogram: subject.name)
        let measured = try pipeline.measured(prompts, study.parameters(method), truth)
        // As it will be read, its times rounded.
        let result = RunResult(measured.json) ?? measured
        try files.save(result.json, StudyFiles.name(runs[index], subject), keys[index])
        results[index] = result
        progress.advance(by: 1)
      }
      for new in encoder.encodings {
        encodings.removeAll { $0.profile == profile && $0.network == new.network }
        encodings.append(new)
      }
    }
    return encodings.sorted {
      ($0.profile.rawValue, $0.network.rawValue) < ($1.profile.rawValue, $1.network.rawValue)
    }
  }
}

/// What the figures of all runs on a tomogram depend on.
struct SubjectKey: Sendable {
  private let study: Study
  private let shared: JSON.Object

  init(_ study: Study, tomogram: String, truth: JSON, name: String) {
    self.study = study
    var shared = JSON.Object()
    shared.append("version", .string(study.version))
    shared.append("tomogram_sha256", .string(tomogram))
    shared.append("truth", truth)
    shared.append("sam_sha256", .string(study.digests[.sam] ?? ""))
    self.shared = shared
  }

  /// The key of a run.
  func key(_ run: StudyRun, prompts: [VoxelPoint]) -> JSON {
    var key = shared
    key.append("features_sha256", .string(study.digests[run.method.features] ?? ""))
    key.append("parameters", study.parameters(run.method).json)
    key.append("prompts", .array(prompts.map { [.number($0.x), .number($0.y), .number($0.z)] }))
    return .object(key)
  }

  /// The key of the time that encoding took.
  func key(_ extractor: FeatureExtractor, _ parameters: PipelineParameters) -> JSON {
    var key = shared
    key["truth"] = nil
    key.append("encoder_sha256", .string(study.digests[extractor] ?? ""))
    key.append("profile", .string(parameters.profile.rawValue))
    key.append("axes", .string(parameters.axes.map(\.name).joined()))
    key.append("precision", .string(parameters.precision.rawValue))
    if extractor != .sam {
      key.append("input_size", parameters.featureInputSide.map { .integer($0) } ?? .null)
    }
    return .object(key)
  }
}

extension Pipeline {
  /// Steps 2 to 5 of the method on slices that are encoded, and what they are worth.
  ///
  /// That SAM finds nothing at the prompts is a result: no picks, and a note why.
  func measured(
    _ prompts: [VoxelPoint], _ parameters: PipelineParameters, _ truth: StudyTruth
  ) throws -> RunResult {
    var run = StagedRun(parameters, observer: SilentObserver())
    var figures = Figures()
    figures.values[.prompts] = Double(prompts.count)
    do {
      let found = try segment(prompts, from: .prompted, by: &run) { _ in }
      figures.values[.promptedParticles] = Double(found.prompted.count { !$0.voxels.isEmpty })
      figures.values[.proposals] = Double(found.matches.proposals.count)
      try figures.judge(found.instances, truth)
    } catch let nothing as NoParticle {
      figures.values[.promptedParticles] = Double(nothing.prompted.count { !$0.voxels.isEmpty })
      figures.values[.proposals] = 0
      figures.note = nothing.failure.reason
      try figures.judge(InstanceMap(merging: [], in: features.shape), truth)
    }
    return RunResult(figures: figures, work: run.work)
  }
}

extension Figures {
  /// Adds what picks and masks are worth.
  fileprivate mutating func judge(_ map: InstanceMap, _ truth: StudyTruth) throws {
    let picks = map.instances
    add(picks.map(\.centroid), scores: picks.map { $0.score?.total ?? Double($0.similarity ?? 0) }, truth)
    guard let (volume, labels, _) = truth.instances else { return }
    let ours = try Tomogram(voxels: map.volume.labels.map { Float($0) }, geometry: volume.geometry)
    add(try LabelComparison(ours, truth: volume, keeping: labels))
  }
}
