import Files
import Markup
import Platform

/// The relative L2 error of each tensor, on a logarithmic scale, along the network.
struct GrowthChart {
  private let comparison: FileComparison
  /// The tensors that have an error.
  private let points: [Point]

  private struct Point {
    let name: String
    let error: Double
    let passes: Bool

    init?(_ row: TensorComparison) {
      guard let difference = row.difference else { return nil }
      (name, error, passes) = (row.name, difference.relativeL2, row.passes)
    }
  }

  private let chart: Chart

  init(_ comparison: FileComparison) {
    self.comparison = comparison
    points = comparison.rows.compactMap(Point.init)
    var seen = points.map(\.error).filter { $0 > 0 && $0.isFinite }
    if case .relativeL2(let limit, _) = comparison.tolerance, limit > 0 { seen.append(limit) }
    // Errors of 0 lie on the lower edge, infinite ones on the upper, and so do those beyond 1e-40 and 1e40.
    let lowest = min(39, max(-40, Int(log10(seen.min() ?? 1e-8).rounded(.down))))
    let highest = min(40, max(lowest + 1, Int(log10(seen.max() ?? 1e-4).rounded(.up))))
    chart = Chart(
      left: 64, top: 12, width: 1024, height: 316, x: .linear(from: -0.5, to: Double(points.count) - 0.5),
      y: .logarithmic(lowest...highest))
  }

  var svg: Fragment {
    guard !points.isEmpty else { return element("p") { "No tensor could be compared." } }
    return SVG.picture(1100, 420, label: "relative L2 error of each tensor") {
      newline
      bands
      chart.yAxis(chart.yScale.ticks(), gap: 8)
      if case .relativeL2(let limit, _) = comparison.tolerance, limit > 0 {
        chart.line("limit", at: chart.y(limit))
      }
      element("path", ["class": "line", "d": line]).line
      points.indices.map { dot($0).line }
    }
  }

  private func x(_ index: Int) -> Double { chart.x(Double(index)) }

  /// Stripes for blocks and other parts, named below as far as there is room.
  private var bands: [Fragment] {
    var bands: [Fragment] = []
    var (start, count, labelled) = (0, 0, -Double.infinity)
    let step = chart.width / Double(points.count)
    for index in 1...points.count
    where index == points.count || part(points[index].name) != part(points[start].name) {
      let (from, to) = (x(start) - step / 2, x(index - 1) + step / 2)
      if count % 2 == 0 { bands.append(SVG.rect("band", from, chart.top, to - from, chart.height)) }
      let middle = (from + to) / 2
      if middle - labelled >= 13 {
        labelled = middle
        bands.append(bandName(part(points[start].name), at: middle))
      }
      (start, count) = (index, count + 1)
    }
    return bands
  }

  private func bandName(_ name: String, at middle: Double) -> Fragment {
    let place = "\(SVG.short(middle + 4)) \(SVG.short(chart.bottom + 10))"
    return element("text", ["text-anchor": "end", "transform": "translate(\(place)) rotate(-60)"]) { name }
  }

  /// The part of the network that a tensor belongs to: `block.3`, `neck`, or its own name.
  private func part(_ name: String) -> String {
    let parts = name.split(separator: ".")
    if let number = parts.firstIndex(where: { Int($0) != nil }) {
      return parts[...number].joined(separator: ".")
    }
    return parts.first.map(String.init) ?? name
  }

  /// Joins outputs of blocks and results, which all later ones depend on.
  private var line: String {
    let outputs = points.indices.filter { isOutput(points[$0].name) }
    return SVG.path(outputs.map { (x($0), chart.y(points[$0].error)) })
  }

  private func isOutput(_ name: String) -> Bool {
    let parts = name.split(separator: ".")
    return parts.count == 1 || (parts.count == 2 && parts[0] == "block") || parts.last == "norm4"
  }

  private func dot(_ index: Int) -> Fragment {
    let point = points[index]
    return SVG.circle(
      !point.passes ? "fail" : isOutput(point.name) ? "output" : nil, x(index), chart.y(point.error),
      radius: point.passes ? "2.6" : "3.6", title: "\(point.name): \(scientific(point.error))")
  }
}
