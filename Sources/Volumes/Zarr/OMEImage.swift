import Files

/// What an OME-Zarr group says of its image: a volume at one scale or several (NGFF 0.1 to 0.5).
struct OMEImage: Sendable {
  struct Axis: Sendable, Equatable {
    let name: String
    let isSpace: Bool
    let unit: String?
  }

  /// One scale: an array, and its elements' size and the first one's place along each axis, in the axes' units.
  struct Level: Sendable {
    let path: String
    let scale: [Double]?
    let translation: [Double]?
  }

  let version: String
  /// Nil in versions before 0.3: t, c, z, y, x.
  let axes: [Axis]?
  /// The finest first.
  let levels: [Level]
  let notes: [String]

  /// - Parameter attributes: those of the group.
  /// - Returns: nil if they speak of no image.
  /// - Throws: `Failure` if they contradict themselves.
  init?(_ attributes: JSON) throws {
    let ome = attributes["ome"] ?? attributes
    guard let images = ome["multiscales"]?.array, let image = images.first else { return nil }
    version = ome["version"]?.string ?? image["version"]?.string ?? "of no version"
    axes = try image["axes"]?.array.map { try $0.map(Self.axis) }
    guard let datasets = image["datasets"]?.array, !datasets.isEmpty, datasets.count <= 100 else {
      throw Failure(.badData, "its multiscales name no datasets", remedy: again)
    }
    let common = image["coordinateTransformations"]?.array ?? []
    levels = try datasets.map { dataset in
      guard let path = dataset["path"]?.string else {
        throw Failure(.badData, "a dataset of its multiscales has no path", remedy: again)
      }
      let own = dataset["coordinateTransformations"]?.array ?? []
      var (scale, translation): ([Double]?, [Double]?) = (nil, nil)
      for step in own + common {
        if let factors = try Self.numbers(step, "scale") {
          scale = try Self.combined(scale, factors, *)
          translation = try translation.map { try Self.combined($0, factors, *) }
        }
        if let shift = try Self.numbers(step, "translation") {
          translation = try Self.combined(translation, shift, +)
        }
      }
      return Level(path: path, scale: scale, translation: translation)
    }
    notes = images.count > 1 ? ["holds \(images.count) images; the first one is used"] : []
  }

  private static func axis(_ value: JSON) throws -> Axis {
    if let name = value.string { return Axis(name: name, isSpace: "zyx".contains(name), unit: nil) }
    guard let name = value["name"]?.string else {
      throw Failure(.badData, "an axis of its multiscales has no name", remedy: again)
    }
    let type = value["type"]?.string
    return Axis(
      name: name, isSpace: type.map { $0 == "space" } ?? ["z", "y", "x"].contains(name),
      unit: value["unit"]?.string)
  }

  /// The numbers of a transformation if it is one of `type`.
  private static func numbers(_ step: JSON, _ type: String) throws -> [Double]? {
    guard step["type"]?.string == type else { return nil }
    let list = step[type]?.array ?? []
    let numbers = list.compactMap(\.double)
    guard !list.isEmpty, numbers.count == list.count else {
      throw Failure(.badData, "a \(type) of its multiscales is no list of numbers", remedy: again)
    }
    return numbers
  }

  private static func combined(
    _ old: [Double]?, _ new: [Double], _ rule: (Double, Double) -> Double
  ) throws -> [Double] {
    guard let old else { return new }
    guard old.count == new.count else {
      throw Failure(.badData, "its coordinateTransformations are of different lengths", remedy: again)
    }
    return zip(old, new).map(rule)
  }

  /// Angstroms in a unit of length; nil for one that is not known.
  static func angstroms(in unit: String) -> Double? {
    switch unit.lowercased() {
    case "angstrom", "angstroms", "a", "å": 1
    case "nanometer", "nanometre", "nanometers", "nanometres", "nm": 10
    case "micrometer", "micrometre", "micrometers", "micrometres", "um", "\u{B5}m", "\u{3BC}m": 1e4
    case "picometer", "picometre", "pm": 0.01
    case "millimeter", "millimetre", "mm": 1e7
    case "meter", "metre", "m": 1e10
    default: nil
    }
  }
}

private let again = "write the store again"
