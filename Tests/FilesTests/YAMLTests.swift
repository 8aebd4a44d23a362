import Files
import Testing

@Suite("Strict YAML")
struct YAMLTests {
  @Test(
    "scalars that are written are read again, in one line",
    arguments: [
      ("plain/path_1.mrc", true), ("", false), ("it's \"so\" \\ there", false), ("120,88,40", false),
      ("a: b # c", false), ("- a", false), ("true", false), ("NO", false), ("1e5", false), ("é ü", false),
      ("two\nlines\tand\u{7}\u{85}\u{2028}\u{202E}\u{FEFF}", false), ("~", false), ("/abs", true),
    ])
  func scalars(text: String, isPlain: Bool) throws {
    let written = YAML.scalar(text)
    #expect((written == text) == isPlain && !written.contains(where: \.isNewline), "\(written)")
    let read = try YAML(parsing: Array("- \(written)\n- end\n".utf8))
    #expect(shown(read) == "[<\(text)> <end>]")
  }

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
      ("a key: 1\r\nb: 2\r\n", "{a key=<1> b=<2>}"), ("\u{FEFF}a: 1\nb: 2", "{a=<1> b=<2>}"),
      ("a: -1", "{a=<-1>}"),
      ("just text", "<just text>"), ("a: ä€😀", "{a=<ä€😀>}"), ("a: 1\n\t\nb: 2\n \t# c\n\t", "{a=<1> b=<2>}"),
      ("a: [1,\n  2]", "{a=[<1> <2>]}"), ("a: [1,]", "{a=[<1>]}"), ("a: [[1], 2]", "{a=[[<1>] <2>]}"),
      ("a: {b: 1, c: [2]}", "{a={b=<1> c=[<2>]}}"), ("a: |\n  b\n  c # d\n", "{a=<b\nc # d\n>}"),
      ("a: >\n  b\n  c", "{a=<b c>}"), ("? a\n: b", "{a=<b>}"), ("\"a\": 1", "{a=<1>}"),
      ("a: ~\nb: null\nc: ''\nd: 1.0", "{a=<~> b=<null> c=<> d=<1.0>}"), ("a: 1\n...\n", "{a=<1>}"),
      ("%YAML 1.2\n---\na: 1", "{a=<1>}"), (#"a: "\u00e4\x41""#, "{a=<äA>}"), ("---\n", "-"),
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
      ("a: b: c", "line 1: 'a: b: c' has a ':' too many"),
      ("a: \"x", "line 1: a quote is not closed"), ("a: 'x", "line 1: a quote is not closed"),
      ("a: \"x\" y", "line 1: 'y' does not fit"), (#"a: "\q""#, "line 1: a backslash"),
      ("a: [1, 2", "line 1: the list is not closed"), ("b: 1\na: {c: 1\n", "line 2: the map is not closed"),
      ("a: [1, , 2]", "line 1: an item of the list is missing"),
      ("a: [x\nb: 1\n", "line 2: 'b: 1' does not fit"),
      ("a: [1] 2", "line 1: '2' does not fit"), ("a: [1 [2]]", "line 1: '[2]]' does not fit"),
      ("a: ]", "line 1: ']' does not fit"),
      ("a: - b", "line 1: 'a: - b': block sequence entries are not allowed"),
      ("a: &x 1", "line 1: the anchor '&x' is not read here"),
      ("a: *x", "line 1: the alias '*x' is not read here"),
      ("a: !x 1", "line 1: the tag '!x' is not"),
      ("a: !!str 1", "line 1: the tag 'tag:yaml.org,2002:str' is not"),
      ("a:\n  - &x [1]", "line 2: the anchor '&x'"), ("&x a: 1", "line 1: the anchor '&x'"),
      ("a: @b", "line 1: '@b' begins"), ("a: %b", "line 1: '%b' begins"),
      ("a: 1\n---\nb: 2", "line 2: begins or ends another document"),
      ("%YAML 1.2", "line 1: '%YAML 1.2': did not find expected <document start>"),
      (": 1", "line 1: ': 1' does not fit"), ("[a]: 1", "line 1: a list or map stands where a key"),
      ("a: \"x\n  y\"", "line 1: a quote is not closed in its line"),
      ("a:\n  - one\n\n   two\nb: 1", "line 4: 'two' does not fit"),
      ("a: 1\nb: \u{1}", "line 2: holds a control"),
      ("a: 1\nb: 2\u{0}", "line 2: holds a control"),
      ("{a: 1, a: 2}", "line 1: the key 'a' was there in line 1"),
      (String(repeating: "[", count: 100), "line 1: is nested too deep"),
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
