import Files
import Volumes

/// What a person did.
public enum Action: Sendable, Equatable {
  /// Pointed at something.
  case mark(Mark)
  /// Took a mark away.
  case unmark(VoxelPoint)
  /// Said of the find whose prompt is at a place whether it is a pick; nil: as its score has it.
  case judge(VoxelPoint, isPick: Bool?)
  /// Said from which score on finds are picks; nil: as the run decided.
  case cut(Double?)
  /// Took back the last of these that stood.
  case undo
  /// Had so many things found with the marks that there were; nothing to take back.
  case searched(finds: Int)
  /// Had so many picks written; nothing to take back.
  case exported(picks: Int)

  public var json: JSON {
    switch self {
    case .mark(let mark): .members(["do": "mark", "mark": mark.json])
    case .unmark(let point): .members(["do": "unmark", "point": point.json])
    case .judge(let place, let isPick):
      .members(["do": "judge", "find": place.json, "pick": isPick.map { .bool($0) } ?? .null])
    case .cut(let threshold): .members(["do": "cut", "threshold": threshold.map { .number($0) } ?? .null])
    case .undo: .members(["do": "undo"])
    case .searched(let finds): .members(["do": "searched", "finds": .integer(finds)])
    case .exported(let picks): .members(["do": "exported", "picks": .integer(picks)])
    }
  }

  /// nil if `json` is none.
  public init?(_ json: JSON) {
    switch json["do"]?.string {
    case "mark":
      guard let mark = json["mark"].flatMap({ Mark($0) }) else { return nil }
      self = .mark(mark)
    case "unmark":
      guard let point = VoxelPoint(json["point"]) else { return nil }
      self = .unmark(point)
    case "judge":
      guard let place = VoxelPoint(json["find"]), let value = json["pick"],
        value == .null || value.bool != nil
      else { return nil }
      self = .judge(place, isPick: value.bool)
    case "cut":
      guard let value = json["threshold"] else { return nil }
      guard value == .null || value.double.map((0...1).contains) ?? false else { return nil }
      self = .cut(value.double)
    case "undo": self = .undo
    case "searched":
      guard let finds = json["finds"]?.int else { return nil }
      self = .searched(finds: finds)
    case "exported":
      guard let picks = json["picks"]?.int else { return nil }
      self = .exported(picks: picks)
    default: return nil
    }
  }

  /// Whether it is about what was found.
  var isOfFinds: Bool {
    switch self {
    case .judge, .cut: true
    default: false
    }
  }

  /// Whether a browser may ask for it; the others follow from what the program did.
  var isOfPerson: Bool {
    switch self {
    case .searched, .exported: false
    default: true
    }
  }
}

/// An action with who did it, and when.
public struct Entry: Sendable, Equatable {
  /// `2026-11-26T08:15:00Z`
  public let time: String
  public let user: String
  public let action: Action

  public init(_ action: Action, by user: String, at time: String) {
    (self.action, self.user, self.time) = (action, user, time)
  }

  public var json: JSON {
    var object = JSON.Object()
    object.append("time", .string(time))
    object.append("user", .string(user))
    for (key, value) in action.json.object?.members ?? [] { object.append(key, value) }
    return .object(object)
  }

  /// nil if `json` is none.
  public init?(_ json: JSON) {
    guard let time = json["time"]?.string, let user = json["user"]?.string, let action = Action(json) else {
      return nil
    }
    self.init(action, by: user, at: time)
  }
}
