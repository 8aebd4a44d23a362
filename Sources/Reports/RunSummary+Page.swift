import Files
import Markup

/// `summary.html`
extension RunSummary {
  public var html: String {
    Page("CryoSAM: summary", style: [.page, .marks, .chart, .report], heading: "Summary", lead: lead) {
      HTML.section("Results") {
        HTML.box("tall") {
          element("table") {
            newline
            line(Self.titles, "th")
            for row in rows { line(Self.cells(row), "td") }
          }
        }
        element("p") {
          "Volumes and distances are medians, with the least and the most behind. A distance is that to the nearest particle "
          "of the same class in the same tomogram, from middle to middle; particles near a border may have nearer ones "
          "outside. Particles per \u{B5}m\u{B3} are of the whole tomogram, whatever of it is specimen."
        }.line
      }
      HTML.section("Volumes and distances") {
        for name in names {
          if let name { element("h3") { name }.line }
          HTML.box("pair") {
            element("div") { histogram("volume, nm\u{B3}", values(of: name, \.volume)) }
            element("div") { histogram("nearest of the same class, nm", values(of: name, \.neighbour)) }
          }
        }
      }
    }.text
  }

  @FragmentBuilder private var lead: Fragment {
    element("b") { "\(count) particle\(count == 1 ? "" : "s")" }
    " in \(results.count) result\(results.count == 1 ? "" : "s")."
  }

  private func line(_ cells: [String], _ name: StaticString) -> Fragment {
    element("tr") {
      for (column, cell) in cells.enumerated() {
        element(name, ["class": column < 2 ? "text" : nil]) { cell }
      }
    }.line
  }

  private var names: [String?] {
    let names = Set(results.flatMap { $0.particles.compactMap(\.name) }).sorted()
    return names.isEmpty ? [nil] : names
  }

  private func values(of name: String?, _ value: KeyPath<Particle, Double?>) -> [Double] {
    results.flatMap { $0.particles.filter { $0.name == name }.compactMap { $0[keyPath: value] } }
  }

  private func histogram(_ title: String, _ values: [Double]) -> Fragment {
    guard let spread = Spread(values) else {
      return element("p") { "\(title): not known." }.line
    }
    let most = spread.most > 0 ? spread.most : 1
    let histogram = Histogram(
      all: values, picks: [], range: 0...most,
      cuts: [Histogram.Cut(value: spread.median, label: "median \(decimal(spread.median, places: 1))")],
      x: (title, Scale.linear(from: 0, to: most).roundTicks()))
    return HTML.figure(
      "\(values.count) particles, mean \(decimal(spread.mean, places: 1)), standard deviation \(decimal(spread.deviation, places: 1))"
    ) { histogram.svg() }
  }
}
