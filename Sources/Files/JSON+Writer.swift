extension JSON {
  /// The value as text on one line, without white space; members in their order.
  ///
  /// Numbers are written with the fewest digits that read back the same; infinities and NaN, which JSON does
  /// not have, become `null`.
  public var text: String {
    var text = ""
    write(into: &text, indent: nil)
    return text
  }

  /// As `text`, on indented lines, with a line feed at the end. Arrays of plain values stay on one line.
  public var prettyText: String {
    var text = ""
    write(into: &text, indent: 0)
    return text + "\n"
  }

  private func write(into text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let bool): text += bool ? "true" : "false"
    case .integer(let integer): text += String(integer)
    case .number(let number): text += number.isFinite ? number.description : "null"
    case .string(let string): Self.write(string, into: &text)
    case .array(let elements):
      let lines = elements.contains { $0.isContainer } ? indent : nil
      let separator = indent != nil && lines == nil ? ", " : ","
      Self.write("[", "]", elements, into: &text, indent: lines, separator: separator) { element, text in
        element.write(into: &text, indent: lines.map { $0 + 2 })
      }
    case .object(let object):
      Self.write("{", "}", object.members, into: &text, indent: indent, separator: ",") { member, text in
        Self.write(member.key, into: &text)
        text += indent == nil ? ":" : ": "
        member.value.write(into: &text, indent: indent.map { $0 + 2 })
      }
    }
  }

  private var isContainer: Bool {
    switch self {
    case .array, .object: true
    default: false
    }
  }

  private static func write<Element>(
    _ open: String, _ close: String, _ elements: [Element], into text: inout String, indent: Int?,
    separator: String, element: (Element, inout String) -> Void
  ) {
    text += open
    for (index, item) in elements.enumerated() {
      if index > 0 { text += separator }
      if let indent { text += "\n" + String(repeating: " ", count: indent + 2) }
      element(item, &text)
    }
    if let indent, !elements.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
    text += close
  }

  private static func write(_ string: String, into text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.isCommand:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
