import Files
import Platform

/// The relative L2 error of each tensor, on a logarithmic scale, along the network.
struct GrowthChart {
  private let comparison: FileComparison
  /// The tensors that have an error.
  private let points: [Point]
  /// Exponents of ten that the scale spans.
  private let exponents: ClosedRange<Int>

  private struct Point {
    let name: String
    let error: Double
    let passes: Bool

    init?(_ row: TensorComparison) {
      guard let difference = row.difference else { return nil }
      (name, error, passes) = (row.name, difference.relativeL2, row.passes)
    }
  }

  private let width = 1100.0
  private let height = 420.0
  private let left = 64.0
  private let right = 12.0
  private let top = 12.0
  private let bottom = 92.0

  init(_ comparison: FileComparison) {
    self.comparison = comparison
    points = comparison.rows.compactMap(Point.init)
    var seen = points.map(\.error).filter { $0 > 0 && $0.isFinite }
    if case .relativeL2(let limit, _) = comparison.tolerance, limit > 0 { seen.append(limit) }
    let lowest = Int(log10(seen.min() ?? 1e-8).rounded(.down))
    let highest = Int(log10(seen.max() ?? 1e-4).rounded(.up))
    exponents = max(-40, lowest)...min(40, max(lowest + 1, highest))
  }

  var svg: String {
    guard !points.isEmpty else { return "<p>No tensor could be compared.</p>" }
    return """
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="relative L2 error of each tensor">
      \(bands)\(scale)\(limit)<path class="line" d="\(line)"/>
      \(dots)</svg>
      """
  }

  private func x(_ index: Int) -> Double {
    left + (Double(index) + 0.5) / Double(points.count) * (width - left - right)
  }

  /// Errors of 0 lie on the lower edge, infinite ones on the upper.
  private func y(_ error: Double) -> Double {
    let (low, high) = (Double(exponents.lowerBound), Double(exponents.upperBound))
    let place = error > 0 ? min(high, max(low, log10(error))) : low
    return height - bottom - (place - low) / (high - low) * (height - top - bottom)
  }

  private func short(_ value: Double) -> String { decimal(value, places: 1) }

  /// Stripes for blocks and other parts, named below as far as there is room.
  private var bands: String {
    var text = ""
    var (start, count, labelled) = (0, 0, -Double.infinity)
    let step = (width - left - right) / Double(points.count)
    for index in 1...points.count
    where index == points.count || part(points[index].name) != part(points[start].name) {
      let (from, to) = (x(start) - step / 2, x(index - 1) + step / 2)
      if count % 2 == 0 {
        text += "<rect class=\"band\" x=\"\(short(from))\" y=\"\(short(top))\" width=\"\(short(to - from))\" "
        text += "height=\"\(short(height - top - bottom))\"/>"
      }
      let middle = (from + to) / 2
      if middle - labelled >= 13 {
        labelled = middle
        text += "<text text-anchor=\"end\" transform=\"translate(\(short(middle + 4)) "
        text += "\(short(height - bottom + 10))) rotate(-60)\">"
        text += "\(ComparisonPage.escaped(part(points[start].name)))</text>"
      }
      (start, count) = (index, count + 1)
    }
    return text
  }

  /// The part of the network that a tensor belongs to: `block.3`, `neck`, or its own name.
  private func part(_ name: String) -> String {
    let parts = name.split(separator: ".")
    if let number = parts.firstIndex(where: { Int($0) != nil }) {
      return parts[...number].joined(separator: ".")
    }
    return parts.first.map(String.init) ?? name
  }

  private var scale: String {
    exponents.map { exponent in
      let place = short(y(pow(10, Double(exponent))))
      return "<path class=\"grid\" d=\"M\(short(left)) \(place)H\(short(width - right))\"/>"
        + "<text x=\"\(short(left - 8))\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">1e\(exponent)</text>"
    }.joined()
  }

  private var limit: String {
    guard case .relativeL2(let limit, _) = comparison.tolerance, limit > 0 else { return "" }
    return "<path class=\"limit\" d=\"M\(short(left)) \(short(y(limit)))H\(short(width - right))\"/>"
  }

  /// Joins outputs of blocks and results, which all later ones depend on.
  private var line: String {
    let outputs = points.indices.filter { isOutput(points[$0].name) }
    let places = outputs.map { "\(short(x($0))) \(short(y(points[$0].error)))" }
    return places.isEmpty ? "" : "M" + places.joined(separator: "L")
  }

  private func isOutput(_ name: String) -> Bool {
    let parts = name.split(separator: ".")
    return parts.count == 1 || (parts.count == 2 && parts[0] == "block") || parts.last == "norm4"
  }

  private var dots: String {
    points.indices.map { index in
      let point = points[index]
      let kind = !point.passes ? " class=\"fail\"" : isOutput(point.name) ? " class=\"output\"" : ""
      return
        "<circle\(kind) cx=\"\(short(x(index)))\" cy=\"\(short(y(point.error)))\" r=\"\(point.passes ? 2.6 : 3.6)\">"
        + "<title>\(ComparisonPage.escaped(point.name)): \(scientific(point.error))</title></circle>\n"
    }.joined()
  }
}
