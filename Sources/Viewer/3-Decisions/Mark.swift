import Cryo
import Files
import Volumes

/// A place that a person points at.
public struct Mark: Sendable, Equatable, Hashable {
  public let point: VoxelPoint
  /// What it is on; nil: the only kind, or of a place that is not wanted.
  public let name: String?
  /// Whether it is on what is looked for, or on what picks must not be.
  public let isWanted: Bool

  public init(_ point: VoxelPoint, _ name: String? = nil, isWanted: Bool = true) {
    (self.point, self.name, self.isWanted) = (point, name, isWanted)
  }

  /// Characters of a name at most.
  static let longestName = 64

  var json: JSON {
    .members([
      "point": point.json, "class": name.map { .string($0) } ?? .null, "wanted": .bool(isWanted),
    ])
  }

  /// nil if `json` is none.
  init?(_ json: JSON) {
    guard let point = VoxelPoint(json["point"]), let isWanted = json["wanted"]?.bool else { return nil }
    switch json["class"] {
    case nil, .null: self.init(point, isWanted: isWanted)
    case .string(let name):
      let isName =
        !name.isEmpty && name.count <= Self.longestName
        && name.unicodeScalars.allSatisfy {
          $0.value > 32 && $0.value != 127 && !"\"'#;=,".unicodeScalars.contains($0)
        }
      guard isName else { return nil }
      self.init(point, name, isWanted: isWanted)
    default: return nil
    }
  }
}

extension VoxelPoint {
  /// `[x, y, z]`
  package var json: JSON { .array([.number(x), .number(y), .number(z)]) }

  /// nil if `json` is none.
  package init?(_ json: JSON?) {
    guard let numbers = json?.array, numbers.count == 3 else { return nil }
    let values = numbers.compactMap(\.double)
    guard values.count == 3, values.allSatisfy({ abs($0) < 1e9 }) else { return nil }
    self.init(x: values[0], y: values[1], z: values[2])
  }
}
