import CYAML

/// The events of a YAML text, read by libyaml: what begins and ends, and the scalars between.
///
/// Anchors, aliases and tags are refused here. The bytes given, UTF-8 and at least one, must outlive this value.
struct YAMLEvents: ~Copyable {
  enum Event {
    /// `isPlain`: without quotes, and not a block of text.
    case scalar(String, isPlain: Bool)
    case listBegins, listEnds, mapBegins, mapEnds
    case documentBegins, documentEnds, textEnds
  }

  /// libyaml keeps pointers into its own state, so that it must stay where it is.
  let parser: UnsafeMutablePointer<yaml_parser_t>
  let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    parser = .allocate(capacity: 1)
    self.bytes = bytes
    yaml_parser_initialize(parser)
    yaml_parser_set_input_string(parser, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// The next event and its line, from 1.
  ///
  /// - Throws: `Failure` that names the line of what is no YAML, or is not read here.
  mutating func next() throws -> (event: Event, line: Int) {
    while true {
      var event = yaml_event_t()
      guard yaml_parser_parse(parser, &event) == 1 else { throw refusal }
      defer { yaml_event_delete(&event) }
      let line = Int(event.start_mark.line) + 1
      if let known = try read(event, line) { return (known, line) }
    }
  }

  private func read(_ event: yaml_event_t, _ line: Int) throws -> Event? {
    switch event.type {
    case YAML_DOCUMENT_START_EVENT: return .documentBegins
    case YAML_DOCUMENT_END_EVENT: return .documentEnds
    case YAML_STREAM_END_EVENT: return .textEnds
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      try Self.refuse(anchor: start.anchor, tag: start.tag, line)
      return .listBegins
    case YAML_SEQUENCE_END_EVENT: return .listEnds
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      try Self.refuse(anchor: start.anchor, tag: start.tag, line)
      return .mapBegins
    case YAML_MAPPING_END_EVENT: return .mapEnds
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      try Self.refuse(anchor: scalar.anchor, tag: scalar.tag, line)
      let text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      try checkExtent(of: event)
      return .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
    case YAML_ALIAS_EVENT:
      throw Failure.yaml(
        line, "the alias '*\(Self.text(event.data.alias.anchor))' is not read here",
        "write out what it stands for, or put a text in quotes")
    default: return nil
    }
  }

  private static func refuse(
    anchor: UnsafePointer<yaml_char_t>?, tag: UnsafePointer<yaml_char_t>?, _ line: Int
  ) throws {
    if let anchor {
      throw Failure.yaml(
        line, "the anchor '&\(text(anchor))' is not read here", "leave it out, or put a text in quotes")
    }
    if let tag {
      throw Failure.yaml(
        line, "the tag '\(text(tag))' is not read here", "leave it out, or put a text in quotes")
    }
  }

  private static func text(_ name: UnsafePointer<yaml_char_t>?) -> String {
    name.map { String(String(cString: $0).prefix(40)) } ?? ""
  }
}

extension Failure {
  static func yaml(_ line: Int, _ what: String, _ remedy: String? = nil) -> Failure {
    Failure(.badData, "line \(line): \(what)", remedy: remedy)
  }
}
