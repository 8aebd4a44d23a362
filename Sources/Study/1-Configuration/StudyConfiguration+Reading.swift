import Cryo
import Evaluation
import Files
import FoundationEssentials
import Volumes

extension StudyConfiguration {
  /// Reads the configuration file at `path`. Paths in it are relative to its folder.
  ///
  /// - Throws: `Failure` that names the line and the key of what is wrong, or a file that is missing.
  public init(_ path: String) throws {
    let yaml = try YAML(contentsOf: path)
    self = try inFile(path) { try StudyConfiguration(yaml, path: path) }
  }

  private init(_ yaml: YAML, path: String) throws {
    var root = try YAMLMap(yaml)
    self.path = path
    title = try root.value("title")?.text() ?? "Study"
    subjects = try Self.subjects(try root.required("tomograms"), path)
    (weights, sam) = try Self.weights(try root.required("weights").map(), path)
    settings = try root.value("settings").map { try Settings($0.map()) } ?? Settings()
    seed = try root.value("seed")?.whole(0...Int(Int32.max)) ?? 1
    let (weights, count) = (weights, subjects.count)
    let sweeps = try root.required("sweeps")
    self.sweeps = try sweeps.items().map { try Sweep($0, tomograms: count, weights: weights) }
    picks = try root.value("picks")?.items().map { try OtherPicks($0, tomograms: count, path) } ?? []
    try root.finish()
    try Self.checkDistinct(self.sweeps.map { StudyFiles.slug($0.name) }, sweeps, "sweeps")
    guard !self.sweeps.isEmpty else { throw sweeps.failure("is empty", remedy: "add at least one") }
  }

  private static func checkDistinct(_ names: [String], _ value: YAMLValue, _ what: String) throws {
    var seen = Set<String>()
    for name in names where !seen.insert(name.lowercased()).inserted {
      throw value.failure("has two \(what) called '\(name)'", remedy: "give them other names")
    }
  }

  private static func weights(
    _ map: YAMLMap, _ base: String
  ) throws -> ([FeatureExtractor: String], String) {
    var map = map
    let sam = try file(try map.required("sam"), base)
    var weights: [FeatureExtractor: String] = [.sam: sam]
    for extractor in [FeatureExtractor.dinov2, .dino] {
      if let value = map.value(extractor.rawValue) { weights[extractor] = try file(value, base) }
    }
    try map.finish()
    return (weights, sam)
  }

  /// The file that a value of the configuration `base` names.
  ///
  /// - Throws: `Failure` if it is not there.
  fileprivate static func file(_ value: YAMLValue, _ base: String) throws -> String {
    let path = Path.beside(base, try value.text())
    guard FileManager.default.fileExists(atPath: path) else {
      throw value.failure("names '\(path)', which is not there")
    }
    return path
  }

  // MARK: tomograms

  private static func subjects(_ value: YAMLValue, _ base: String) throws -> [Subject] {
    let found = try value.items().flatMap { try subjects(of: $0, base) }
    guard !found.isEmpty else { throw value.failure("is empty", remedy: "add at least one") }
    let named = found.map { subject in
      found.count { $0.name == subject.name } == 1 ? subject : subject.calledByItsFolder
    }
    try checkDistinct(named.map { StudyFiles.slug($0.name) }, value, "tomograms")
    return named
  }

  private static func subjects(of item: YAMLValue, _ base: String) throws -> [Subject] {
    var map = try item.map()
    let path = try map.required("path")
    let name = try map.value("name")?.text()
    let truth = try file(try map.required("truth"), base)
    let truthClass = try map.value("truth_class")?.text()
    let coordinates = try map.value("truth_coordinates").map { try TruthCoordinates($0.map()) }
    let radius = try map.required("radius")
    guard let length = Length(try radius.text()) else {
      throw radius.failure("is \(radius.yaml.kind)", remedy: "give voxels, as 10, or Angstroms, as 100A")
    }
    let instances = try map.value("truth_instances").map { try file($0, base) }
    try map.finish()
    let paths = try expanded(path, base)
    if paths.count > 1, name != nil || instances != nil {
      throw path.failure("names \(paths.count) tomograms, which cannot share a name or instances")
    }
    return paths.map { path in
      Subject(
        name: name ?? Subject.name(path), path: path, truth: truth, truthClass: truthClass,
        coordinates: coordinates ?? TruthCoordinates(), radius: length, instances: instances)
    }
  }

  /// The files that a path means, which may have one `*` in its last part; in order.
  private static func expanded(_ value: YAMLValue, _ base: String) throws -> [String] {
    let path = Path.beside(base, try value.text())
    let (parent, pattern) = (Path.folder(path), Path.name(path))
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return [try file(value, base)] }
    guard parts.count == 2, !parent.contains("*") else {
      throw value.failure("has more than one '*'", remedy: "put one, in the name of the file")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    let fitting = names.filter { name in
      name.count >= pattern.count - 1 && name.hasPrefix(parts[0]) && name.hasSuffix(parts[1])
        && !name.hasPrefix(".")
    }
    guard !fitting.isEmpty else { throw value.failure("names '\(path)', which no file fits") }
    return fitting.sorted().map { Path.beside(path, $0) }
  }
}

extension StudyConfiguration.Subject {
  private static let endings = [".gz", ".bz2", ".mrc", ".map", ".rec"]

  /// The name of the file without its ending.
  fileprivate static func name(_ path: String) -> String { Path.stem(path, without: endings) }

  /// The same, `folder/name`.
  fileprivate var calledByItsFolder: Self {
    let folder = Path.name(Path.folder(path))
    let name = [".", "/"].contains(folder) ? name : "\(folder)/\(name)"
    return Self(
      name: name, path: path, truth: truth, truthClass: truthClass, coordinates: coordinates, radius: radius,
      instances: instances)
  }
}

extension TruthCoordinates {
  init(_ map: YAMLMap) throws {
    var map = map
    self.init()
    if let value = map.value("flip") { flipped = try value.axes() }
    if let value = map.value("shift") {
      let numbers = try value.items().map { try $0.number(-1e6...1e6) }
      guard numbers.count == 3 else { throw value.failure("must be three numbers, [x, y, z]") }
      shift = SIMD3(numbers[0], numbers[1], numbers[2])
    }
    rounded = try map.value("round")?.flag() ?? false
    try map.finish()
  }
}

extension StudyConfiguration.OtherPicks {
  fileprivate init(_ value: YAMLValue, tomograms: Int, _ base: String) throws {
    var map = try value.map()
    method = try map.required("method").text()
    let list = try map.required("tables")
    tables = try list.items().map { try StudyConfiguration.file($0, base) }
    guard tables.count == 1 || tables.count == tomograms else {
      throw list.failure(
        "has \(tables.count) tables for \(tomograms) tomograms", remedy: "give one for each, or one for all")
    }
    leastScore = try map.value("least_score")?.number(-1e12...1e12)
    annotation = try map.value("annotation")?.text() ?? "-"
    runTime = try map.value("run_time")?.text() ?? ""
    try map.finish()
  }
}

extension YAMLValue {
  /// `zyx`, `z` ...: each axis at most once.
  func axes() throws -> [Axis] {
    let text = try text()
    let axes = text.compactMap { Axis(named: String($0)) }
    guard !axes.isEmpty, axes.count == text.count, Set(axes).count == axes.count else {
      throw failure("is \(yaml.kind)", remedy: "give some of z, y, x, each once")
    }
    return Axis.allCases.filter(axes.contains)
  }
}
