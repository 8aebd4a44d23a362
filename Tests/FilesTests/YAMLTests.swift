import Files
import Testing

@Suite("Strict YAML")
struct YAMLTests {
  /// A value as one line: lists in brackets, maps in braces, scalars in angles, nothing as `-`.
  private func shown(_ yaml: YAML) -> String {
    switch yaml.content {
    case .nothing: "-"
    case .scalar(let text): "<\(text)>"
    case .list(let items): "[" + items.map(shown).joined(separator: " ") + "]"
    case .map(let members):
      "{" + members.map { "\($0.key)=\(shown($0.value))" }.joined(separator: " ") + "}"
    }
  }

  @Test(
    "good texts",
    arguments: [
      ("", "-"), ("# nothing\n\n", "-"), ("a: 1", "{a=<1>}"), ("---\na: 1\n", "{a=<1>}"),
      ("a: 1\nb:   two words \nc:", "{a=<1> b=<two words> c=-}"),
      ("a:\n  b: 1\n  c:\n      d: 2\ne: 3", "{a={b=<1> c={d=<2>}} e=<3>}"),
      ("- 1\n- two\n-\n  - 3", "[<1> <two> [<3>]]"), ("a:\n- 1\n- 2\nb: 3", "{a=[<1> <2>] b=<3>}"),
      ("a:\n  - b: 1\n    c: 2\n  - b: 3\n", "{a=[{b=<1> c=<2>} {b=<3>}]}"),
      ("- - 1\n  - 2\n- a:\n    b: 1", "[[<1> <2>] {a={b=<1>}}]"),
      ("a: [1, two words, \"b, c\", '']", "{a=[<1> <two words> <b, c> <>]}"), ("a: []", "{a=[]}"),
      ("a: 1 # one\n# two\n  # three\nb: x#y", "{a=<1> b=<x#y>}"),
      (#"a: "x # \"y\" \\ \t""#, "{a=<x # \"y\" \\ \t>}"), ("a: 'it''s # here' # not", "{a=<it's # here>}"),
      ("a: it's # a comment", "{a=<it's>}"), ("a: http://b/c:d", "{a=<http://b/c:d>}"),
      ("a key: 1\r\nb: 2\r\n", "{a key=<1> b=<2>}"), ("\u{FEFF}a: 1", "{a=<1>}"), ("a: -1", "{a=<-1>}"),
      ("just text", "<just text>"), ("a: ä€😀", "{a=<ä€😀>}"),
    ])
  func good(text: String, meaning: String) throws {
    #expect(shown(try YAML(parsing: Array(text.utf8))) == meaning)
  }

  @Test(
    "bad texts, by line",
    arguments: [
      ("a: 1\n\tb: 2", "line 2: is indented by a tab"), ("a: 1\n  b: 2", "line 2: 'b: 2' does not fit"),
      ("a:\n    b: 1\n  c: 2", "line 3: 'c: 2' does not fit"), ("a: 1\nb", "line 2: 'b' does not fit"),
      ("a: 1\n- b", "line 2: '- b' does not fit"), ("- a\nb: 1", "line 2: 'b: 1' does not fit"),
      ("- a\n  - b", "line 2: '- b' does not fit"), ("one\ntwo", "line 2: 'two' does not fit"),
      ("a: 1\nb: 2\na: 3", "line 3: the key 'a' was there in line 1"),
      ("a: b: c", "line 1: 'b: c' is not one"),
      ("a: \"x", "line 1: a quote is not closed"), ("a: 'x", "line 1: a quote is not closed"),
      ("a: \"x\" y", "line 1: ' y' follows a quoted text"), (#"a: "\q""#, "line 1: a backslash"),
      ("a: [1, 2", "line 1: the list is not closed"), ("a: [1,\n  2]", "line 1: the list is not closed"),
      ("a: [1, , 2]", "line 1: an item of the list is missing"), ("a: [1,]", "line 1: an item"),
      ("a: [1] 2", "line 1: ' 2' follows a list"), ("a: [1 [2]]", "line 1: '1 [2' is not one"),
      ("a: [[1]]", "line 1: '[1' begins what is not read"), ("a: {b: 1}", "line 1: '{b: 1}' begins what"),
      ("a: &x 1", "line 1: '&x 1' begins"), ("a: *x", "line 1: '*x' begins"), ("a: !x 1", "line 1: '!x 1'"),
      ("a: |\n  b", "line 1: '|' begins"), ("a: >\n  b", "line 1: '>' begins"), ("a: @b", "line 1: '@b'"),
      ("a: 1\n---\nb: 2", "line 2: begins or ends another document"), ("%YAML 1.2", "line 1: begins or ends"),
      ("? a\n: b", "line 1: '? a' begins"), ("\"a\": 1", "line 1: ': 1' follows a quoted text"),
      (": 1", "line 1: ': 1' is not one value"),
      (String(repeating: "- ", count: 100) + "a", "line 1: is nested too deep"),
    ])
  func bad(text: String, reason: String) throws {
    let failure = #expect(throws: Failure.self) { try YAML(parsing: Array(text.utf8)) }
    #expect(failure?.kind == .badData)
    #expect(failure?.reason.hasPrefix(reason) == true, "\(String(describing: failure))")
  }

  @Test func brokenUTF8IsRefused() {
    #expect(throws: Failure.self) { try YAML(parsing: [0x61, 0x3A, 0x20, 0xFF]) }
  }

  @Test("lines are those of the keys and values") func lines() throws {
    let yaml = try YAML(parsing: Array("# c\na:\n\n  - b: 1\n    c: [2]\n".utf8))
    var map = try YAMLMap(yaml)
    let items = try map.required("a").items()
    var item = try items[0].map()
    #expect(yaml.line == 2 && items[0].line == 4)
    #expect(try item.required("c").line == 5)
  }

  @Test(
    "typed values",
    arguments: [
      ("whole", "x", "line 2: 'key' must be a whole number from 1 to 9, and is 'x'"),
      ("whole", "10", "line 2: 'key' must be a whole number from 1 to 9, and is '10'"),
      ("whole", "1.5", "line 2: 'key' must be a whole number from 1 to 9, and is '1.5'"),
      ("number", "nan", "line 2: 'key' must be a number from 0.0 to 1.0, and is 'nan'"),
      ("flag", "on", "line 2: 'key' must be true or false, and is 'on'"),
      ("text", "[a]", "line 2: 'key' must be a text, and is a list"),
      ("map", "a", "line 2: 'key' must be a map, and is 'a'; write lines 'key: value'"),
      ("missing", "a", "line 1: the key 'other' is missing; add it"),
      ("unknown", "a", "line 2: unknown key 'key'; did you mean 'keys'?"),
      ("strange", "a", "line 2: unknown key 'key'; known are something, else"),
    ])
  func typed(kind: String, value: String, message: String) throws {
    var map = try YAMLMap(YAML(parsing: Array("first: 1\nkey: \(value)\n".utf8)))
    _ = map.value("first")
    let failure = #expect(throws: Failure.self) {
      switch kind {
      case "whole": _ = try map.required("key").whole(1...9)
      case "number": _ = try map.required("key").number(0...1)
      case "flag": _ = try map.required("key").flag()
      case "text": _ = try map.required("key").text()
      case "map": _ = try map.required("key").map()
      case "missing": _ = try map.required("other")
      case "unknown":
        var other = try YAMLMap(YAML(parsing: Array("# 1\nkey: 1".utf8)))
        _ = other.value("keys")
        try other.finish()
      default:
        var other = try YAMLMap(YAML(parsing: Array("# 1\nkey: 1".utf8)))
        for name in ["something", "else"] { _ = other.value(name) }
        try other.finish()
      }
    }
    #expect(failure?.description == message)
  }
}
