import Files

/// Options of `cryosam segment` that hold for all tomograms, in the order in which they are written.
public struct ProjectSettings: Sendable, Equatable {
  /// Each by its option's name with underscores, and its value; `true` for a flag that is given.
  public private(set) var values: [(name: String, value: String)] = []

  public init() {}

  public static func == (a: ProjectSettings, b: ProjectSettings) -> Bool {
    a.values.elementsEqual(b.values, by: ==)
  }

  /// The options that there are. Paths, prompts and what does not change a result are not among them.
  public static let options = [
    "profile", "features", "dino_size", "matching", "similarity", "top_k", "iou", "max_area", "diameter",
    "axes", "masks", "contrast", "threshold", "count", "size", "precision", "fill", "clip", "voxel_size",
    "level", "bin", "at_voxel_size", "formats", "volumes", "stored_as",
  ]
  /// Those that have no value.
  public static let flags = ["invert", "auto", "precision_fallback", "signed", "unsigned"]

  /// The value of the setting `name`; nil: as usual.
  public subscript(name: String) -> String? { values.first { $0.name == name }?.value }

  /// Adds a setting.
  ///
  /// - Throws: `Failure` if there is no such option, or it was there before.
  public mutating func add(_ name: String, _ value: String) throws {
    let known = Self.options + Self.flags
    guard known.contains(name) else {
      throw Failure(
        .usage, "there is no setting '\(name)'",
        remedy: YAMLMap.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
          ?? "known are \(known.joined(separator: ", "))")
    }
    guard self[name] == nil else {
      throw Failure(.usage, "the setting '\(name)' is given twice", remedy: "keep one of them")
    }
    if Self.flags.contains(name) {
      switch value {
      case "true", "yes": values.append((name, "true"))
      case "false", "no": return
      default:
        throw Failure(.usage, "the setting '\(name)' is '\(value)'", remedy: "give true or false")
      }
    } else {
      values.append((name, value))
    }
  }

  /// As the command line of `cryosam segment` has them.
  public var arguments: [String] {
    values.map { name, value in
      let option = "--\(name.replacing("_", with: "-"))"
      return Self.flags.contains(name) ? option : "\(option)=\(value)"
    }
  }
}
