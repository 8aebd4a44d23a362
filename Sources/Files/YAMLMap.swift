/// A map of a configuration while it is read: every key is asked for once, and what nobody asked for is an error.
public struct YAMLMap: Sendable {
  /// What the map is, for messages: `sweeps, item 2`. Empty for the whole file.
  public let name: String
  public let line: Int
  private let members: [YAML.Member]
  private var known: [String] = []

  /// - Throws: `Failure` if `yaml` is no map.
  public init(_ yaml: YAML, _ name: String = "") throws {
    guard case .map(let members) = yaml.content else {
      let what = name.isEmpty ? "a configuration" : "'\(name)'"
      throw Failure(
        .badData, "line \(yaml.line): \(what) must be a map, and is \(yaml.kind)",
        remedy: "write lines 'key: value'")
    }
    (self.name, self.line, self.members) = (name, yaml.line, members)
  }

  /// The value of `key`; nil if it is not there or has none.
  public mutating func value(_ key: String) -> YAMLValue? {
    known.append(key)
    guard let member = members.first(where: { $0.key == key }), member.value.content != .nothing else {
      return nil
    }
    return YAMLValue(name: name.isEmpty ? key : "\(name): \(key)", yaml: member.value)
  }

  /// The value of `key`.
  ///
  /// - Throws: `Failure` if it is missing.
  public mutating func required(_ key: String) throws -> YAMLValue {
    guard let value = value(key) else {
      let place = name.isEmpty ? "" : " in '\(name)'"
      throw Failure(.badData, "line \(line): the key '\(key)' is missing\(place)", remedy: "add it")
    }
    return value
  }

  /// - Throws: `Failure` that names the first key that was never asked for, and the one that it may be meant for.
  public func finish() throws {
    guard let unknown = members.first(where: { !known.contains($0.key) }) else { return }
    let place = name.isEmpty ? "" : " in '\(name)'"
    let nearest = Self.nearest(to: unknown.key, among: known)
    throw Failure(
      .badData, "line \(unknown.line): unknown key '\(unknown.key)'\(place)",
      remedy: nearest.map { "did you mean '\($0)'?" } ?? "known are \(known.joined(separator: ", "))")
  }

  /// The one of `words` that differs least from `word`, by at most a third of its letters; nil if none does.
  public static func nearest(to word: String, among words: [String]) -> String? {
    let scored = words.map { (distance: distance(word.lowercased(), $0.lowercased()), word: $0) }
    guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= max(1, best.word.count / 3) ? best.word : nil
  }

  /// Levenshtein's distance.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.prefix(64)), Array(b.prefix(64)))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, diagonal + (letter == other ? 0 : 1))
        diagonal = above
      }
    }
    return row[b.count]
  }
}

/// A value of a configuration, asked for as something.
public struct YAMLValue: Sendable {
  /// The key with the keys above it, for messages.
  public let name: String
  public let yaml: YAML
  public var line: Int { yaml.line }

  public init(name: String, yaml: YAML) {
    (self.name, self.yaml) = (name, yaml)
  }

  public func failure(_ what: String, remedy: String? = nil) -> Failure {
    Failure(.badData, "line \(line): '\(name)' \(what)", remedy: remedy)
  }

  public func text() throws -> String {
    guard case .scalar(let text) = yaml.content else { throw failure("must be a text, and is \(yaml.kind)") }
    return text
  }

  public func whole(_ range: ClosedRange<Int>) throws -> Int {
    guard let number = Int(try text()), range.contains(number) else {
      throw failure(
        "must be a whole number from \(range.lowerBound) to \(range.upperBound), and is \(yaml.kind)")
    }
    return number
  }

  public func number(_ range: ClosedRange<Double>) throws -> Double {
    guard let number = Double(try text()), range.contains(number) else {
      throw failure("must be a number from \(range.lowerBound) to \(range.upperBound), and is \(yaml.kind)")
    }
    return number
  }

  public func flag() throws -> Bool {
    switch try text() {
    case "true", "yes": return true
    case "false", "no": return false
    default: throw failure("must be true or false, and is \(yaml.kind)")
    }
  }

  /// One of the values of `Choice`, by its name.
  public func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type = Choice.self
  ) throws -> Choice where Choice.RawValue == String {
    let text = try text()
    guard let choice = Choice(rawValue: text) else {
      let names = Choice.allCases.map(\.rawValue)
      let nearest = YAMLMap.nearest(to: text, among: names)
      throw failure(
        "is \(yaml.kind)",
        remedy: nearest.map { "did you mean '\($0)'?" } ?? "give one of \(names.joined(separator: ", "))")
    }
    return choice
  }

  /// The items of a list; a value that is no list counts as a list of one.
  public func items() -> [YAMLValue] {
    guard case .list(let items) = yaml.content else { return [self] }
    return items.enumerated().map { YAMLValue(name: "\(name), item \($0 + 1)", yaml: $1) }
  }

  public func map() throws -> YAMLMap { try YAMLMap(yaml, name) }
}
