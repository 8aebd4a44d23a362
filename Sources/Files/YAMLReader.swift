/// Builds the value of one document out of its events.
struct YAMLReader: ~Copyable {
  private var events: YAMLEvents
  private var depth = 0

  init(_ events: consuming YAMLEvents) { self.events = events }

  /// The document; nothing for an empty text.
  mutating func document() throws -> YAML {
    guard case .documentBegins = try events.next().event else { return YAML(.nothing, line: 1) }
    let (event, line) = try events.next()
    let result = try value(event, line)
    _ = try events.next()  // ends the document
    let (last, place) = try events.next()
    guard case .textEnds = last else {
      throw Failure.yaml(place, "begins or ends another document", "give one document")
    }
    return result
  }

  /// The value that `event` is or begins.
  private mutating func value(_ event: YAMLEvents.Event, _ line: Int) throws -> YAML {
    switch event {
    case .scalar("", isPlain: true): return YAML(.nothing, line: line)
    case .scalar(let text, _): return YAML(.scalar(text), line: line)
    case .listBegins: return YAML(.list(try nested(line) { try $0.items() }), line: line)
    case .mapBegins: return YAML(.map(try nested(line) { try $0.members() }), line: line)
    default: throw Failure(.internalError, "line \(line): libyaml gave an event out of order")
    }
  }

  private mutating func nested<Content>(
    _ line: Int, _ read: (inout YAMLReader) throws -> Content
  ) throws -> Content {
    guard depth < YAML.depthLimit else { throw Failure.yaml(line, "is nested too deep") }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  private mutating func items() throws -> [YAML] {
    var items: [YAML] = []
    while true {
      let (event, line) = try events.next()
      if case .listEnds = event { return items }
      items.append(try value(event, line))
    }
  }

  private mutating func members() throws -> [YAML.Member] {
    var members: [YAML.Member] = []
    var lineOfKey: [String: Int] = [:]
    while true {
      let (event, line) = try events.next()
      if case .mapEnds = event { return members }
      guard case .scalar(let key, _) = event else {
        throw Failure.yaml(line, "a list or map stands where a key should be", "write 'key: value'")
      }
      if let earlier = lineOfKey.updateValue(line, forKey: key) {
        throw Failure.yaml(line, "the key '\(key)' was there in line \(earlier)", "keep one of them")
      }
      let (content, place) = try events.next()
      members.append(YAML.Member(key: key, line: line, value: try value(content, place)))
    }
  }
}
