import Files
import FoundationEssentials
import Platform

/// A copick project on this machine's disks, by its configuration.
public struct CopickProject: Sendable {
  /// A thing that picks and segmentations may be of.
  public struct Object: Sendable, Equatable {
    public let name: String
    public let isParticle: Bool
  }

  /// The configuration file.
  public let path: String
  public let objects: [Object]
  /// Where what is made of the data goes.
  public let overlay: String
  /// Where the data are; the same place if there is but one.
  let data: String

  /// Reads the configuration at `path`.
  ///
  /// - Parameter overlayAlone: whether the data are not needed; they may be anywhere then.
  /// - Throws: `Failure` if it is none, or its data are elsewhere than on this machine's disks.
  public init(_ path: String, overlayAlone: Bool = false) throws {
    self.path = path
    let document = try JSON(contentsOf: path)
    (objects, overlay, data) = try inFile(path) {
      let type = document["config_type"]?.string ?? "filesystem"
      guard type == "filesystem" else {
        throw Failure(
          .badData, "is the configuration of a copick project of type '\(type)', not on this machine's disks",
          remedy: "copy the data here and give a configuration of type filesystem")
      }
      guard let root = document["overlay_root"]?.string else {
        throw Failure(
          .badData, "is not the configuration of a copick project: it has no overlay_root",
          remedy: "give the JSON file that copick is given")
      }
      let overlay = try Self.folder(root)
      let objects = (document["pickable_objects"]?.array ?? []).compactMap { object in
        object["name"]?.string.map {
          Object(name: $0, isParticle: object["is_particle"]?.bool ?? false)
        }
      }
      let data = overlayAlone ? nil : document["static_root"]?.string
      return (objects, overlay, try data.map(Self.folder) ?? overlay)
    }
  }

  /// The folder that an address names: `local:///data`, `file:///data`, `/data`.
  private static func folder(_ root: String) throws -> String {
    var folder = root
    for scheme in ["local://", "file://"] where folder.hasPrefix(scheme) {
      folder.removeFirst(scheme.count)
    }
    guard !folder.isEmpty, !folder.contains("://") else {
      throw Failure(
        .badData, "its data are at \(root), not on this machine's disks",
        remedy: "copy the data here and name local:// folders")
    }
    if folder == "~" || folder.hasPrefix("~/"), let home = getenv("HOME") {
      folder = String(cString: home) + folder.dropFirst()
    }
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    return folder
  }

  /// The run called `name`.
  ///
  /// - Throws: `Failure` if there is none; it names some that there are.
  public func run(_ name: String) throws -> CopickRun {
    try CopickRun.check(name, "--run")
    let run = CopickRun(project: self, name: name)
    guard run.folders.contains(where: Folder.isFolder) else {
      throw missing("run", name, [data, overlay].map { "\($0)/ExperimentRuns" })
    }
    return run
  }

  /// Says which there are instead.
  func missing(_ what: String, _ name: String, _ places: [String], ending: String = "") -> Failure {
    let names = Set(
      places.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0)) ?? [] }
        .filter { !$0.hasPrefix(".") && $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) })
    let shown = names.sorted().prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
    return Failure(
      .noInput, path: path, "the project has no \(what) '\(name)'",
      remedy: names.isEmpty ? "look at \(places[0])" : "it has \(shown)")
  }

  /// The object that a mask of the kind called `name` is of: the one of that name, or the project's only particle.
  ///
  /// - Throws: `Failure` if there is none, or several may be meant.
  public func object(_ name: String?) throws -> String {
    if let name {
      guard objects.isEmpty || objects.contains(where: { $0.name == name }) else {
        throw Failure(
          .usage, path: path, "the project has no object '\(name)'",
          remedy: "it has \(objects.map(\.name).joined(separator: ", "))")
      }
      return name
    }
    let particles = objects.filter(\.isParticle)
    guard particles.count == 1 else {
      throw Failure(
        .usage, path: path, "which of the project's objects is looked for is not known",
        remedy: "name it with --copick-object"
          + (particles.isEmpty ? "" : ": " + particles.map(\.name).joined(separator: ", ")))
    }
    return particles[0].name
  }
}
