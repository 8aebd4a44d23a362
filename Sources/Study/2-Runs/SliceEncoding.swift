import Cryo
import Files
import Runs
import Volumes

/// How long it took to encode all slices of a tomogram by one network.
public struct Encoding: Sendable, Equatable {
  public let tomogram: String
  public let network: FeatureExtractor
  public let profile: Profile
  public let slices: Int
  /// Slices that were timed; the others were there from a study that was interrupted.
  public let timed: Int
  /// Of the timed ones together.
  public let seconds: Double

  /// Of all slices, by the mean of the timed ones; nil if none was.
  public var allSeconds: Double? { timed > 0 ? seconds / Double(timed) * Double(slices) : nil }

  public init(
    tomogram: String, network: FeatureExtractor, profile: Profile, slices: Int, timed: Int, seconds: Double
  ) {
    (self.tomogram, self.network, self.profile) = (tomogram, network, profile)
    (self.slices, self.timed, self.seconds) = (slices, timed, seconds)
  }

  var json: JSON {
    ["slices": .integer(slices), "timed": .integer(timed), "seconds": .number(seconds)]
  }

  init?(_ json: JSON, tomogram: String, network: FeatureExtractor, profile: Profile) {
    guard let slices = json["slices"]?.int, let timed = json["timed"]?.int,
      let seconds = json["seconds"]?.double
    else { return nil }
    self.init(
      tomogram: tomogram, network: network, profile: profile, slices: slices, timed: timed, seconds: seconds)
  }
}

/// Encodes a tomogram's slices before its runs, each network when the first run needs it, so that no run's time
/// depends on what ran before it.
struct SliceEncoding {
  let study: Study
  let subject: StudyConfiguration.Subject
  let files: StudyFiles
  let inputs: SubjectKey
  let cache: String
  let observer: any RunObserver
  let parameters: PipelineParameters
  private(set) var encodings: [Encoding] = []
  private var context: RunContext?
  private var slices: EmbeddedSlices?
  private var features: [FeatureExtractor: SliceFeatures] = [:]

  init(
    study: Study, subject: StudyConfiguration.Subject, files: StudyFiles, inputs: SubjectKey, cache: String,
    observer: any RunObserver, parameters: PipelineParameters
  ) {
    (self.study, self.subject, self.files, self.inputs) = (study, subject, files, inputs)
    (self.cache, self.observer, self.parameters) = (cache, observer, parameters)
  }

  /// The features of `extractor` and the slices for SAM, all encoded.
  ///
  /// - Throws: `Failure` if weights or tomogram cannot be used, or a slice not be stored.
  mutating func sources(
    _ extractor: FeatureExtractor
  ) throws -> (features: SliceFeatures, slices: EmbeddedSlices) {
    let slices = try self.slices ?? embedded()
    self.slices = slices
    if let known = features[extractor] { return (known, slices) }
    let found: SliceFeatures
    if extractor == .sam {
      found = SliceFeatures(slices)
      try encode(found, .sam, found.slices(), again: true)
    } else {
      found = try opened(extractor).features(study.weights(extractor)).features
      try encode(found, extractor, found.slices(), again: false)
    }
    features[extractor] = found
    return (found, slices)
  }

  /// SAM's slices across the axes that particles are followed along.
  private mutating func embedded() throws -> EmbeddedSlices {
    let slices = try opened(.sam).slices(study.weights(.sam)).slices
    let wanted = parameters.axes.flatMap { axis in
      (0..<slices.tomogram.shape[axis]).map { (axis: axis, index: $0) }
    }
    try encode(SliceFeatures(slices), .sam, wanted, again: false)
    return slices
  }

  /// The tomogram, with parameters for `extractor`.
  private mutating func opened(_ extractor: FeatureExtractor) throws -> RunContext {
    var own = parameters
    own.features = extractor == .sam ? nil : extractor
    own.featureInputSide = study.inputSide(extractor) ?? own.featureInputSide
    return try RunContext(
      subject.path, cache: cache, memoryLimit: study.memoryLimit, parameters: own,
      observer: NotesOnly(observer: observer, isFirst: encodings.isEmpty))
  }

  /// Encodes what is missing of `wanted`, and keeps the time.
  ///
  /// - Parameter again: whether this is more of what was encoded before; then nothing is kept if nothing is missing.
  private mutating func encode(
    _ features: SliceFeatures, _ network: FeatureExtractor, _ wanted: [(axis: Axis, index: Int)], again: Bool
  ) throws {
    let start = ContinuousClock.now
    let progress = observer.begin(
      "\(subject.name): \(network.rawValue)", total: wanted.count, unit: "slices")
    defer { progress.finish() }
    let made = try features.extract(wanted, progress: progress)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if again && made == 0 { return }
    let measured = Encoding(
      tomogram: subject.name, network: network, profile: parameters.profile, slices: wanted.count,
      timed: made, seconds: made > 0 ? seconds : 0)
    var kept = measured
    if let stored = stored(network), stored.slices >= wanted.count, stored.timed >= made { kept = stored }
    if kept != stored(network) { try files.save(kept.json, name(network), inputs.key(network, own(network))) }
    encodings.removeAll { $0.network == network }
    encodings.append(kept)
  }

  /// What an earlier session measured.
  func stored(_ network: FeatureExtractor) -> Encoding? {
    files.load(name(network), inputs.key(network, own(network))).flatMap {
      Encoding($0, tomogram: subject.name, network: network, profile: parameters.profile)
    }
  }

  private func own(_ network: FeatureExtractor) -> PipelineParameters {
    var own = parameters
    own.featureInputSide = study.inputSide(network) ?? own.featureInputSide
    return own
  }

  private func name(_ network: FeatureExtractor) -> String {
    "encoding-\(StudyFiles.slug(subject.name))-\(network.rawValue)-\(parameters.profile.rawValue)"
  }
}

/// Passes remarks on, once for each tomogram, and no stages.
private struct NotesOnly: RunObserver {
  let observer: any RunObserver
  let isFirst: Bool
  func note(_ text: String) { if isFirst { observer.note(text) } }
  func begin(_ title: String, total: Int, unit: String) -> any StageProgress { SilentObserver() }
}
