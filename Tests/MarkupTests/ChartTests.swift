import Markup
import Testing

@Suite("Diagrams: places, ticks, axes")
struct ChartTests {
  static let linear = Scale.linear(from: -1, to: 3)
  static let roots = Scale.roots(to: 16)
  static let powers = Scale.logarithmic(-3...1)

  static let shares: [(scale: Scale, value: Double, share: Double)] = [
    (linear, -1, 0), (linear, 0, 0.25), (linear, 3, 1), (linear, 5, 1.5), (powers, 1e-3, 0),
    (powers, 0.1, 0.5), (powers, 10, 1), (powers, 1e9, 1), (powers, .infinity, 1), (powers, 1e-9, 0),
    (powers, 0, 0), (powers, -4, 0), (powers, .nan, 0), (roots, 0, 0), (roots, 4, 0.5), (roots, 16, 1),
    (roots, -3, 0),
  ]

  @Test("where values lie along an axis", arguments: shares)
  func share(scale: Scale, value: Double, share: Double) {
    #expect(abs(scale.share(value) - share) < 1e-12)
  }

  static let tickLabels: [(ticks: [Scale.Tick], text: String)] = [
    (linear.ticks(), "-1.0 -0.2 0.6 1.4 2.2 3.0"), (linear.ticks(places: 0), "-1 0 1 1 2 3"),
    (linear.ticks { "\($0 < 0)" }, "true true false false false false"),
    (powers.ticks(), "1e-3 1e-2 1e-1 1e0 1e1"),
    (Scale.rootCounts(to: 0), "0"), (Scale.rootCounts(to: 1), "0 1"), (Scale.rootCounts(to: 3), "0 1 2 3"),
    (Scale.rootCounts(to: 43), "0 3 11 24 43"), (Scale.rootCounts(to: 1600), "0 100 400 900 1600"),
    (Scale.counts(to: 0), "0 0"), (Scale.counts(to: 1), "0 1"), (Scale.counts(to: 4), "0 1 2 3 4"),
    (Scale.counts(to: 5), "0 1 2 3 4 5"), (Scale.counts(to: 7), "0 1 3 4 6 7"),
    (Scale.counts(to: 1000), "0 200 400 600 800 1000"),
    (Scale.linear(from: 0, to: 3786).roundTicks(), "0 1000 2000 3000"),
    (Scale.linear(from: 0, to: 0.6).roundTicks(), "0.0 0.1 0.2 0.3 0.4 0.5 0.6"),
    (Scale.linear(from: -12.4, to: 31).roundTicks(), "-10 0 10 20 30"),
    (Scale.linear(from: 0, to: 1).roundTicks(), "0.0 0.2 0.4 0.6 0.8 1.0"),
  ]

  @Test("what stands at the ticks", arguments: tickLabels)
  func ticks(ticks: [Scale.Tick], text: String) {
    #expect(ticks.map(\.label).joined(separator: " ") == text)
  }

  @Test("counts' ticks lie at the numbers that they show")
  func counts() {
    #expect(Scale.counts(to: 7).map { "\($0.value)" } == ["0.0", "1.0", "3.0", "4.0", "6.0", "7.0"])
  }

  @Test("x to the right, y upwards, within the margins")
  func places() {
    let chart = Chart(width: 152, height: 154, x: Self.linear, y: Self.powers)
    #expect(chart.left == 52 && chart.right == 128 && chart.top == 10 && chart.bottom == 110)
    #expect(chart.x(1) == 90 && abs(chart.y(0.1) - 60) < 1e-9 && chart.y(0) == 110 && chart.y(10) == 10)
  }

  @Test("a whole diagram")
  func picture() {
    let chart = Chart(width: 152, height: 154, x: .linear(from: 0, to: 1), y: .logarithmic(0...1))
    let ticks = Array(chart.xScale.ticks().prefix(2))
    let svg = chart.picture(x: ("a", ticks), y: ("b", chart.yScale.ticks())) { element("g") }
    #expect(
      svg.markup == """
        <svg class="chart" style="max-width:152px" viewBox="0 0 152 154" role="img" aria-label="b over a">\
        <path class="grid" d="M52.0 110.0H128.0"/><text x="45.0" y="110.0" dy="4" text-anchor="end">1e0</text>\
        <path class="grid" d="M52.0 10.0H128.0"/><text x="45.0" y="10.0" dy="4" text-anchor="end">1e1</text>\
        <text x="52.0" y="127.0" text-anchor="middle">0.0</text>\
        <text x="67.2" y="127.0" text-anchor="middle">0.2</text><g></g>\
        <text x="90.0" y="148.0" text-anchor="middle">a</text>\
        <text transform="translate(13 60.0) rotate(-90)" text-anchor="middle">b</text></svg>
        """)
  }

  @Test("lines across by their end or their length, paths, a picture that is a file")
  func pieces() {
    var chart = Chart(left: 8, top: 4, width: 20, height: 10, x: Self.linear, y: Self.linear)
    #expect(chart.line("a", at: 7).markup == "<path class=\"a\" d=\"M8.0 7.0H28.0\"/>")
    chart.writesLengths = true
    #expect(chart.line("a", at: 7).markup == "<path class=\"a\" d=\"M8.0 7.0h20.0\"/>")
    #expect(SVG.path([]) == "" && SVG.path([(1, 2.04), (3, -0.04)]) == "M1.0 2.0L3.0 0.0")
    #expect(
      SVG.picture(3, 4, label: "l", isFile: true) {}.markup
        == "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 3 4\" width=\"3\" height=\"4\" role=\"img\" "
        + "aria-label=\"l\"></svg>")
  }
  static let shapes: [(written: Fragment, markup: String)] = [
    (SVG.circle(nil, 1, 2, radius: "3"), "<circle cx=\"1.0\" cy=\"2.0\" r=\"3\"/>"),
    (
      SVG.circle("a", 1, 2, radius: "3", title: "<t"),
      "<circle class=\"a\" cx=\"1.0\" cy=\"2.0\" r=\"3\"><title>&lt;t</title></circle>"
    ),
    (
      SVG.rect("a", 1, 2, 3, 4), "<rect class=\"a\" x=\"1.0\" y=\"2.0\" width=\"3.0\" height=\"4.0\"/>"
    ),
    (
      SVG.flipping(SVG.text("a", 1, 2), height: 9),
      "<g class=\"flip\" style=\"--h:9px\"><text x=\"1.0\" y=\"2.0\">a</text></g>"
    ),
    (SVG.text("<", 1, 2), "<text x=\"1.0\" y=\"2.0\">&lt;</text>"),
    (
      SVG.text("a", 1, 2, down: "4", anchor: "end"),
      "<text x=\"1.0\" y=\"2.0\" dy=\"4\" text-anchor=\"end\">a</text>"
    ),
  ]

  @Test("shapes and text", arguments: shapes)
  func shape(fragment: Fragment, markup: String) { #expect(fragment.markup == markup) }
}
