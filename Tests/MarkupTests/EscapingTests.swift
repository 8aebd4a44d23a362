import Markup
import Testing

@Suite("Text and attributes of markup are escaped")
struct EscapingTests {
  static let hostile: [(text: String, escaped: String)] = [
    ("", ""), ("plain é ± ✓ 𝄞", "plain é ± ✓ 𝄞"),
    ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ("\" onload=\"x", "&quot; onload=&quot;x"), ("it's", "it's"),
    ("&amp; &#60; &", "&amp;amp; &amp;#60; &amp;"), ("]]><!--", "]]&gt;&lt;!--"),
    ("</style ><i>", "&lt;/style &gt;&lt;i&gt;"),
    ("a\u{0}b\tc\nd\re\u{1B}[0mf\u{7F}", "a b c d e [0mf "), ("\r\n", "  "),
    ("a\u{9B}31m", "a 31m"), ("x\u{202E}y\u{2069}", "x y "), ("a\u{2028}b", "a b"),
    // A combining mark makes one character of both, but not one scalar.
    ("<\u{301}b &\u{308}", "&lt;\u{301}b &amp;\u{308}"), ("\"\u{200D}\u{FE0F}", "&quot;\u{200D}\u{FE0F}"),
  ]

  @Test("as text and as an attribute's value", arguments: hostile)
  func escaped(text: String, escaped: String) {
    #expect(Fragment(text).markup == escaped)
    #expect(element("td") { text }.markup == "<td>\(escaped)</td>")
    #expect(element("path", ["d": text]).markup == "<path d=\"\(escaped)\"/>")
    #expect(element("a", ["href": text]) { text }.markup == "<a href=\"\(escaped)\">\(escaped)</a>")
  }

  @Test("in every part of a page and of a diagram", arguments: hostile)
  func parts(text: String, escaped: String) {
    let chart = Chart(width: 100, height: 100, x: .linear(from: 0, to: 1), y: .linear(from: 0, to: 1))
    let ticks = chart.xScale.ticks { _ in text }
    let page = Page(text, style: [], heading: text, lead: Fragment(text)) {
      HTML.section(text) {
        HTML.figure(text) {
          SVG.picture(1, 1, label: text, class: text, style: text) { chart.xLabel(text, at: 0) }
          chart.picture(x: (text, ticks), y: (text, ticks)) { chart.line(text, at: 0) }
        }
        HTML.box(text) { HTML.table([(name: text, value: text)]) }
        HTML.legend { HTML.key(text, text) }
      }
    }.text
    // Title, heading, lead; section; caption, picture 4; diagram 12 ticks, 2 titles twice, line; box; table 2; key 2.
    let places = 3 + 1 + 1 + 4 + 12 + 4 + 1 + 1 + 2 + 2
    guard !text.isEmpty else { return }
    #expect(page.ranges(of: escaped).count >= places)
    if escaped != text { #expect(!page.contains(text)) }
  }
}
