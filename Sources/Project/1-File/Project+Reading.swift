import Files
import FoundationEssentials
import Volumes

extension Project {
  /// Reads the project in `folder`. Paths in it are relative to that folder.
  ///
  /// - Throws: `Failure` that names the line and the key of what is wrong.
  public init(_ folder: String) throws {
    let path = Self.file(in: folder)
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(
        .noInput, path: path, "there is no project", remedy: "make one with 'cryosam project init'")
    }
    self = try inFile(path) { try Project(try YAML(contentsOf: path), in: folder) }
  }

  package init(_ yaml: YAML, in folder: String) throws {
    let base = Self.file(in: folder)
    var root = try YAMLMap(yaml)
    var weights = try root.required("weights").map()
    let dino = try Self.weights("dino", &weights, base)
    guard let sam = try Self.weights("sam", &weights, base) else {
      throw Failure(.badData, "line \(weights.line): the key 'sam' is missing in 'weights'", remedy: "add it")
    }
    try weights.finish()
    let query = try root.value("query").map { Path.beside(base, try $0.text()) }
    let settings = try root.value("settings").map(Self.settings) ?? ProjectSettings()
    let slices = try root.value("slices")?.choice(SliceKeeping.self) ?? .keep
    let copick = try root.value("copick").map { try CopickSource($0, base) }
    let list = try root.required("tomograms")
    let subjects = try list.items().map { try Subject($0, base) }
    try root.finish()
    guard !subjects.isEmpty else { throw list.failure("is empty", remedy: "add at least one") }
    var seen = Set<String>()
    for subject in subjects where !seen.insert(subject.name.lowercased()).inserted {
      throw list.failure("has two called '\(subject.name)'", remedy: "give them other names")
    }
    if copick == nil, let subject = subjects.first(where: { $0.run != nil }) {
      throw list.failure(
        "'\(subject.name)' is a run of a copick project, which is not named", remedy: "add the key 'copick'")
    }
    guard query != nil || subjects.contains(where: { !$0.points.isEmpty }) else {
      throw list.failure(
        "has no points, and there is no query", remedy: "click a particle: points: [120,88,40]")
    }
    self.init(
      folder: folder, dino: dino, sam: sam, query: query, settings: settings, copick: copick,
      keepsSlices: slices == .keep, subjects: subjects)
  }

  private enum SliceKeeping: String, CaseIterable { case keep, discard }

  private static func weights(_ name: String, _ map: inout YAMLMap, _ base: String) throws -> Weights? {
    let path = try map.value(name)?.text()
    let sum = try map.value("\(name)_sha256")?.text()
    guard let path else { return nil }
    return Weights(Path.beside(base, path), sha256: sum ?? "")
  }

  private static func settings(_ value: YAMLValue) throws -> ProjectSettings {
    var (map, settings) = (try value.map(), ProjectSettings())
    for name in ProjectSettings.options + ProjectSettings.flags {
      if let value = map.value(name) {
        try settings.add(name, try value.items().map { try $0.text() }.joined(separator: ","))
      }
    }
    try map.finish()
    return settings
  }
}

extension Project.Subject {
  fileprivate init(_ item: YAMLValue, _ base: String) throws {
    var map = try item.map()
    let path = Path.beside(base, try map.required("path").text())
    let given = map.value("name")
    let name = try given?.text() ?? Project.Subject.name(of: path)
    guard Project.Subject.isName(name) else {
      throw (given ?? item).failure(
        "is called '\(name)'", remedy: "names have letters, digits, hyphens, points and underscores")
    }
    let run = try map.value("run")?.text()
    let points = try map.value("points").map { value in
      // One point may stand without a list around it: 120,88,40 or [120, 88, 40].
      let items = try value.items().map { try $0.text() }
      return items.count == 3 && items.allSatisfy { Double($0) != nil }
        ? [items.joined(separator: ",")] : items
    }
    let size = try map.value("size").map { value in
      let sides = try value.items().map { try $0.whole(1...1 << 20) }
      guard sides.count == 3 else { throw value.failure("must be three numbers, [x, y, z]") }
      return SIMD3(sides[0], sides[1], sides[2])
    }
    let voxelSize = try map.value("voxel_size")?.number(0.001...100_000)
    try map.finish()
    self.init(
      name: name, path: path, run: run, points: points ?? [], size: size, voxelSize: voxelSize)
  }
}

extension CopickSource {
  fileprivate init(_ value: YAMLValue, _ base: String) throws {
    var map = try value.map()
    let config = Path.beside(base, try map.required("config").text())
    let type = try map.required("tomo_type").text()
    let spacing = try map.required("voxel_spacing").number(VoxelReading.voxelSizeRange)
    let object = try map.value("object")?.text()
    let (user, session) = (try map.required("user").text(), try map.required("session").text())
    try map.finish()
    self.init(config: config, type: type, spacing: spacing, object: object, user: user, session: session)
  }
}
