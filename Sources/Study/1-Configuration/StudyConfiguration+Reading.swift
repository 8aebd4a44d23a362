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
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    do {
      try self.init(yaml, path: path, folder: folder)
    } catch let failure as Failure {
      throw failure.inFile(path)
    }
  }

  init(_ yaml: YAML, path: String, folder: String) throws {
    var root = try YAMLMap(yaml)
    self.path = path
    title = try root.value("title")?.text() ?? "Study"
    subjects = try Self.subjects(try root.required("tomograms"), folder)
    (weights, sam) = try Self.weights(try root.required("weights").map(), folder)
    settings = try root.value("settings").map { try Settings($0.map()) } ?? Settings()
    seed = try root.value("seed")?.whole(0...Int(Int32.max)) ?? 1
    let (weights, count) = (weights, subjects.count)
    let sweeps = try root.required("sweeps")
    self.sweeps = try sweeps.items().map { try Sweep($0, tomograms: count, weights: weights) }
    picks = try root.value("picks")?.items().map { try OtherPicks($0, tomograms: count, folder) } ?? []
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
    _ map: YAMLMap, _ folder: String
  ) throws -> ([FeatureExtractor: String], String) {
    var map = map
    let sam = try file(try map.required("sam"), folder)
    var weights: [FeatureExtractor: String] = [.sam: sam]
    for extractor in [FeatureExtractor.dinov2, .dino] {
      if let value = map.value(extractor.rawValue) { weights[extractor] = try file(value, folder) }
    }
    try map.finish()
    return (weights, sam)
  }

  /// The file that a value names.
  ///
  /// - Throws: `Failure` if it is not there.
  fileprivate static func file(_ value: YAMLValue, _ folder: String) throws -> String {
    let path = absolute(try value.text(), folder)
    guard FileManager.default.fileExists(atPath: path) else {
      throw value.failure("names '\(path)', which is not there")
    }
    return path
  }

  private static func absolute(_ path: String, _ folder: String) -> String {
    path.hasPrefix("/") ? path : folder + path
  }

  // MARK: tomograms

  private static func subjects(_ value: YAMLValue, _ folder: String) throws -> [Subject] {
    let found = try value.items().flatMap { try subjects(of: $0, folder) }
    guard !found.isEmpty else { throw value.failure("is empty", remedy: "add at least one") }
    let named = found.map { subject in
      found.count { $0.name == subject.name } == 1 ? subject : subject.calledByItsFolder
    }
    try checkDistinct(named.map { StudyFiles.slug($0.name) }, value, "tomograms")
    return named
  }

  private static func subjects(of item: YAMLValue, _ folder: String) throws -> [Subject] {
    var map = try item.map()
    let path = try map.required("path")
    let name = try map.value("name")?.text()
    let truth = try file(try map.required("truth"), folder)
    let truthClass = try map.value("truth_class")?.text()
    let coordinates = try map.value("truth_coordinates").map { try TruthCoordinates($0.map()) }
    let radius = try map.required("radius")
    guard let length = MatchRadius(try radius.text()) else {
      throw radius.failure("is \(radius.yaml.kind)", remedy: "give voxels, as 10, or Angstroms, as 100A")
    }
    let instances = try map.value("truth_instances").map { try file($0, folder) }
    try map.finish()
    let paths = try expanded(path, folder)
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
  private static func expanded(_ value: YAMLValue, _ folder: String) throws -> [String] {
    let path = absolute(try value.text(), folder)
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let (parent, pattern) = (String(path[..<slash]), path[slash...])
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return [try file(value, folder)] }
    guard parts.count == 2, !parent.contains("*") else {
      throw value.failure("has more than one '*'", remedy: "put one, in the name of the file")
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
    let fitting = names.filter { name in
      name.count >= pattern.count - 1 && name.hasPrefix(parts[0]) && name.hasSuffix(parts[1])
        && !name.hasPrefix(".")
    }
    guard !fitting.isEmpty else { throw value.failure("names '\(path)', which no file fits") }
    return fitting.sorted().map { parent + $0 }
  }
}

extension StudyConfiguration.Subject {
  private static let endings = [".gz", ".bz2", ".mrc", ".map", ".rec"]

  /// The name of the file without its ending.
  fileprivate static func name(_ path: String) -> String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    while let ending = endings.first(where: { name.hasSuffix($0) && name.count > $0.count }) {
      name.removeLast(ending.count)
    }
    return name
  }

  /// The same, `folder/name`.
  fileprivate var calledByItsFolder: Self {
    let parts = path.split(separator: "/")
    let name = parts.count > 1 ? "\(parts[parts.count - 2])/\(name)" : name
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
  fileprivate init(_ value: YAMLValue, tomograms: Int, _ folder: String) throws {
    var map = try value.map()
    method = try map.required("method").text()
    let list = try map.required("tables")
    tables = try list.items().map { try StudyConfiguration.file($0, folder) }
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
