import CYAML

extension YAMLEvents {
  /// What libyaml has just refused: its problem with the line, and what to do.
  var refusal: Failure {
    let state = parser.pointee
    let problem = state.problem.map { String(cString: $0) } ?? "is not YAML"
    let context = state.context.map { String(cString: $0) } ?? ""
    if state.error == YAML_READER_ERROR {
      let line = bytes.prefix(state.problem_offset).count { $0 == UInt8(ascii: "\n") } + 1
      return .yaml(line, "holds a control character", "leave it out")
    }
    let source = YAMLSource(bytes)
    let (begun, line) = (Int(state.context_mark.line) + 1, source.line(state.problem_mark))
    let rest = source.rest(state.problem_mark)
    switch problem {
    case "found character that cannot start any token" where !rest.hasPrefix("\t"):
      return .yaml(line, "'\(rest.prefix(40))' begins what is not read here", "put it in quotes")
    case "found character that cannot start any token",
      _ where problem.hasPrefix("found a tab character"):
      return .yaml(line, "is indented by a tab", "use blanks")
    case "found unknown escape character":
      return .yaml(line, "a backslash stands before what it cannot", "write \\\\ for a backslash")
    case "found unexpected end of stream" where context.hasSuffix("quoted scalar"):
      return .yaml(begun, "a quote is not closed")
    case "mapping values are not allowed in this context":
      let text = source.text(ofLine: line)
      return .yaml(line, "'\(text.prefix(40))' has a ':' too many", "put a text with ': ' in quotes")
    case "could not find expected ':'" where context == "while scanning a simple key":
      return source.misfit(state.context_mark)
    case "did not find expected node content" where context == "while parsing a flow node" && !rest.isEmpty:
      return .yaml(line, "an item of the list is missing", "put '' for an empty text")
    case _ where context.hasPrefix("while parsing a flow") && rest.isEmpty:
      let what = context.hasSuffix("mapping") ? "map" : "list"
      return .yaml(begun, "the \(what) is not closed", "write it as [a, b], or as lines '- a'")
    case _ where problem.hasPrefix("did not find expected") && !rest.isEmpty:
      return source.misfit(state.problem_mark)
    default:
      return .yaml(line, "'\(source.text(ofLine: line).prefix(40))': \(problem)")
    }
  }

  /// Refuses a scalar that is not a block of text (`|`, `>`) and runs over several lines: mostly a member or an item
  /// that is indented too far, or a quote that is not closed.
  func checkExtent(of event: yaml_event_t) throws {
    let (start, end) = (Int(event.start_mark.line) + 1, Int(event.end_mark.line) + 1)
    guard start < end else { return }
    let source = YAMLSource(bytes)
    switch event.data.scalar.style {
    case YAML_PLAIN_SCALAR_STYLE:
      let next = (start + 1..<end).first { !source.text(ofLine: $0).isEmpty } ?? end
      throw source.misfit(next, source.text(ofLine: next))
    case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      throw Failure.yaml(start, "a quote is not closed in its line", "write a long text as lines under '|'")
    default: return
    }
  }
}

/// The lines of a text that is refused, for messages.
private struct YAMLSource {
  /// As libyaml divides the text.
  private let lines: [Substring]

  init(_ bytes: UnsafeRawBufferPointer) {
    lines = String(decoding: bytes, as: UTF8.self)
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }

  /// The line of `mark`, from 1; the last one for the end of the text.
  func line(_ mark: yaml_mark_t) -> Int {
    let last = lines.last?.isEmpty == true ? max(1, lines.count - 1) : lines.count
    return min(Int(mark.line) + 1, last)
  }

  /// Line `number`, from 1, without blanks at its start.
  func text(ofLine number: Int) -> String {
    guard lines.indices.contains(number - 1) else { return "" }
    return String(lines[number - 1].drop { $0 == " " })
  }

  /// What follows `mark` in its line.
  func rest(_ mark: yaml_mark_t) -> String {
    guard lines.indices.contains(Int(mark.line)) else { return "" }
    return String(lines[Int(mark.line)].unicodeScalars.dropFirst(Int(mark.column)))
  }

  /// The refusal of what stands at `mark`.
  func misfit(_ mark: yaml_mark_t) -> Failure { misfit(line(mark), rest(mark)) }

  func misfit(_ line: Int, _ text: String) -> Failure {
    .yaml(
      line, "'\(text.prefix(40))' does not fit what is before it",
      "indent the members of a map or list alike, write '- item' or 'key: value', and quote other texts")
  }
}
