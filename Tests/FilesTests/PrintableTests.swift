import Files
import Testing

@Suite("Names from files command neither terminals nor pages")
struct PrintableTests {
  /// Names, and how they are shown with several lines and on one.
  static let names: [(text: String, lines: String, line: String)] = [
    ("plain é 蛋白 👩‍🔬", "plain é 蛋白 👩‍🔬", "plain é 蛋白 👩‍🔬"),
    ("x\n\ty", "x\n\ty", "x??y"),
    ("a\u{1B}[31mred", "a?[31mred", "a?[31mred"),
    ("a\u{9B}2J\u{7}", "a?2J?", "a?2J?"),
    ("\u{1B}]0;title\u{9C}", "?]0;title?", "?]0;title?"),
    ("x\u{202E}crm.exe", "x?crm.exe", "x?crm.exe"),
    ("\u{2067}a\u{2069}\u{200F}", "?a??", "?a??"),
    ("a\u{2028}b\u{2029}c\u{85}d", "a?b?c?d", "a?b?c?d"),
    ("\rover\r\n", "?over?\n", "?over??"),
  ]

  @Test("as text", arguments: names)
  func text(name: (text: String, lines: String, line: String)) {
    #expect(name.text.printable == name.lines)
    #expect(name.text.printableLine == name.line)
  }

  @Test("in errors, tables and JSON", arguments: names)
  func places(name: (text: String, lines: String, line: String)) throws {
    #expect(Failure(.badData, path: name.text, name.text).description == "\(name.line): \(name.line)")
    #expect(alignedTable([[name.text, "x"]]) == "\(name.line)  x")
    let value = JSON.string(name.text)
    for shown in [value.text, String(value.prettyText.dropLast())] {
      let commands = shown.unicodeScalars.filter(\.isCommand)
      #expect(commands.isEmpty)
      #expect(try JSON(parsing: shown) == value)
    }
  }
}
