import Cryo
import DINOv2
import Files
import FoundationEssentials
import NN
import Parallel
import Runs

/// A study: many runs of the method on tomograms whose particles are known, and what they say together.
///
/// Slices are encoded once for each tomogram and network and shared by all runs. Every finished run is stored at once,
/// so that a study that was killed goes on where it stopped, and one that is extended does only what is new.
public struct Study: Sendable {
  public let configuration: StudyConfiguration
  /// The folder for everything.
  public let output: String
  /// Where slices are kept; nil: in the output's `cache/`, removed tomogram by tomogram.
  public let cache: String?
  /// Bytes of slices kept in memory, for each network of each tomogram in work.
  let memoryLimit: Int
  /// Tomograms in work at once. More than one: each on one thread.
  let jobs: Int
  /// Of the program: part of every run's key.
  let version: String
  /// SHA-256 of the weights.
  let digests: [FeatureExtractor: String]
  private let inputSides: [FeatureExtractor: Int]
  private let recommended: [FeatureExtractor: RecommendedSettings]

  /// - Parameter memoryLimit: bytes of slices kept in memory, in all.
  /// - Throws: `Failure` if weights cannot be read.
  public init(
    _ configuration: StudyConfiguration, output: String, cache: String?, memoryLimit: Int, jobs: Int,
    version: String
  ) throws {
    (self.configuration, self.output, self.cache) = (configuration, output, cache)
    (self.jobs, self.version) = (jobs, version)
    let used = Set(configuration.sweeps.flatMap(\.features)).union([.sam])
    self.memoryLimit = memoryLimit / jobs / used.count
    var digests: [FeatureExtractor: String] = [:]
    var sides: [FeatureExtractor: Int] = [:]
    var recommended: [FeatureExtractor: RecommendedSettings] = [:]
    for network in FeatureExtractor.allCases where used.contains(network) {
      guard let path = configuration.weights[network] else { continue }
      let file = try SafetensorsFile(path)
      try network.check(file)
      try file.requireFinite()
      recommended[network] = try RecommendedSettings(file)
      if network != .sam { sides[network] = try DINOEncoder.configuration(file).usualInputSide }
      digests[network] = try SHA256.hexDigest(ofFile: path)
    }
    self.digests = digests
    inputSides = sides
    self.recommended = recommended
  }

  /// Does what is missing, and gathers all.
  ///
  /// - Throws: `Failure` if a file cannot be read or written; all runs finished until then are stored.
  public func callAsFunction(_ observer: any RunObserver) throws -> StudyResult {
    let files = try StudyFiles("\(output)/runs")
    if cache == nil { try SliceStore.makeOwn("\(output)/cache") }
    let subjects = configuration.subjects
    let progress = observer.begin("runs", total: configuration.runs.count, unit: "runs")
    defer { progress.finish() }
    func subject(_ number: Int, _ observer: any RunObserver) throws -> SubjectRuns.Results {
      try SubjectRuns(study: self, number: number, files: files, progress: progress, observer: observer)()
    }
    let results: [SubjectRuns.Results]
    if jobs == 1 {
      results = try subjects.indices.map { try subject($0, observer) }
    } else {
      Parallel.threads = jobs
      // Inside, everything runs on the block's own thread.
      results = try Parallel.mapThrowing(subjects.count) { number in
        try subject(number, RemarksOnly(observer: observer))
      }
    }
    if cache == nil { SliceStore.removeAll(in: "\(output)/cache") }
    return StudyResult(configuration, results)
  }

  /// The parameters of runs by `method`.
  func parameters(_ method: StudyMethod) -> PipelineParameters {
    configuration.settings.parameters(
      method, inputSide: inputSide(method.features),
      recommended: [method.features, .sam].compactMap { recommended[$0] })
  }

  /// Side of the input that a network's weights are meant for; nil for SAM.
  func inputSide(_ network: FeatureExtractor) -> Int? {
    inputSides[network].map { configuration.settings.dinoSize ?? $0 }
  }

  func weights(_ network: FeatureExtractor) throws -> String {
    guard let path = configuration.weights[network] else {
      throw Failure(.usage, "there are no weights for '\(network.rawValue)'", remedy: "add them to 'weights'")
    }
    return path
  }
}

/// Stages of several tomograms at once would write over each other.
private struct RemarksOnly: RunObserver {
  let observer: any RunObserver
  func note(_ text: String) { observer.note(text) }
  func begin(_ title: String, total: Int, unit: String) -> any StageProgress { SilentObserver() }
}

/// All that a study found.
public struct StudyResult: Sendable {
  public let configuration: StudyConfiguration
  /// Every run with its result, tomogram by tomogram.
  public let runs: [(run: StudyRun, result: RunResult)]
  /// Other programs' figures on each tomogram.
  public let picks: [(method: Int, tomogram: Int, figures: Figures)]
  public let encodings: [Encoding]
  private let byRun: [StudyRun: RunResult]

  public init(
    _ configuration: StudyConfiguration, runs: [(run: StudyRun, result: RunResult)],
    picks: [(method: Int, tomogram: Int, figures: Figures)] = [], encodings: [Encoding] = []
  ) {
    (self.configuration, self.runs, self.picks, self.encodings) = (configuration, runs, picks, encodings)
    byRun = Dictionary(runs.map { ($0.run, $0.result) }) { first, _ in first }
  }

  init(_ configuration: StudyConfiguration, _ results: [SubjectRuns.Results]) {
    self.init(
      configuration,
      runs: results.enumerated().flatMap { number, results in
        zip(configuration.runs(on: number), results.runs).map { (run: $0, result: $1) }
      },
      picks: results.enumerated().flatMap { number, results in
        results.picks.enumerated().map { (method: $0, tomogram: number, figures: $1) }
      },
      encodings: results.flatMap(\.encodings))
  }

  /// The result of a run, if it was done.
  subscript(_ run: StudyRun) -> RunResult? { byRun[run] }

  /// Seconds of a run with all its tomogram's slices encoded for it alone; nil if one of the times is not known.
  func wholeSeconds(_ run: StudyRun) -> Double? {
    guard let own = self[run]?.seconds.values.reduce(0, +) else { return nil }
    let name = configuration.subjects[run.tomogram].name
    let networks = Set([FeatureExtractor.sam, run.method.features])
    let encoding = encodings.filter {
      $0.tomogram == name && $0.profile == run.method.profile && networks.contains($0.network)
    }.map(\.allSeconds)
    let known = encoding.compactMap { $0 }
    return known.count == networks.count ? own + known.reduce(0, +) : nil
  }
}
