import Markup
import Testing

@Suite("Elements as they are written")
struct ElementTests {
  static let elements: [(written: Fragment, markup: String)] = [
    (element("i"), "<i></i>"), (element("i", ["class": "key"]), "<i class=\"key\"></i>"),
    (element("th") {}, "<th></th>"), (element("th") { "" }, "<th></th>"), (element("br"), "<br>"),
    (element("meta", ["charset": "utf-8"]), "<meta charset=\"utf-8\">"),
    (element("path", ["d": ""]), "<path d=\"\"/>"),
    (element("path", ["d": nil, "class": "a", "x": nil]), "<path class=\"a\"/>"),
    (element("rect", ["y": "1", "x": "2", "class": "b"]), "<rect y=\"1\" x=\"2\" class=\"b\"/>"),
    (element("circle") { element("title") { "t" } }, "<circle><title>t</title></circle>"),
    (element("p") { "a" }.line, "<p>a</p>\n"), (Fragment(raw: "<!DOCTYPE html>"), "<!DOCTYPE html>"),
    (Fragment {}, ""),
  ]

  @Test("starts, ends, attributes", arguments: elements)
  func written(fragment: Fragment, markup: String) { #expect(fragment.markup == markup) }

  @Test("content: choices, loops, lists, errors")
  func content() throws {
    struct Stop: Error {}
    func list(_ count: Int, fails: Bool = false) throws -> Fragment {
      try element("ul") {
        if count == 0 { "none" } else { "\(count): " }
        for number in 0..<count { element("li") { "\(number)" } }
        if count > 1 { newline }
        ["<", "b"].map { Fragment($0) }
        if fails { try { () throws -> Fragment in throw Stop() }() }
      }
    }
    #expect(try list(0).markup == "<ul>none&lt;b</ul>")
    #expect(try list(2).markup == "<ul>2: <li>0</li><li>1</li>\n&lt;b</ul>")
    #expect(throws: Stop.self) { try list(1, fails: true) }
  }

  @Test("tables, figures, legends, sections")
  func parts() {
    #expect(
      HTML.table([(name: "a", value: "1"), (name: "b", value: "2")]).markup
        == "<div class=\"scroll\"><table>\n<tr><th>a</th><td>1</td></tr>\n<tr><th>b</th><td>2</td></tr>\n"
        + "</table></div>\n")
    #expect(HTML.figure("c") { "p" }.markup == "<figure>p<figcaption>c</figcaption></figure>\n")
    #expect(
      HTML.legend { HTML.key("a", "b") }.markup
        == "<p class=\"legend\"><span><i class=\"a\"></i>b</span></p>\n")
    #expect(HTML.section("t") { "c" }.markup == "<section>\n<h2>t</h2>\nc</section>\n")
  }
}
