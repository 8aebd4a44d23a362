import Files

extension RunReport {
  /// How the scores of proposals and picks are distributed.
  func histogram() -> String {
    let sets = [("proposals", proposals.compactMap(\.score)), ("picks", picks.compactMap(\.score))]
    let all = sets.flatMap(\.1).filter(\.isFinite)
    guard let low = all.min(), let high = all.max() else { return "<p>There are no scores.</p>\n" }
    let bins = 30
    let width = max(high - low, 1e-6) / Double(bins)
    let counts = sets.map { _, scores in
      scores.reduce(into: [Int](repeating: 0, count: bins)) { counts, score in
        counts[min(bins - 1, max(0, Int((score - low) / width)))] += 1
      }
    }
    let most = max(1, counts.joined().max() ?? 1)
    let chart = Chart(x: (low, low + width * Double(bins)), y: (0, Double(most)), width: 720, height: 240)
    var bars = ""
    for (set, counts) in zip(sets, counts) {
      for (bin, count) in counts.enumerated() where count > 0 {
        let inset = set.0 == "picks" ? 0.22 : 0.06
        let left = chart.x(low + width * (Double(bin) + inset))
        let right = chart.x(low + width * (Double(bin) + 1 - inset))
        let top = chart.y(Double(count))
        bars +=
          "<rect class=\"bar-\(set.0)\" x=\"\(Chart.short(left))\" y=\"\(Chart.short(top))\" "
          + "width=\"\(Chart.short(right - left))\" height=\"\(Chart.short(chart.y(0) - top))\"/>"
      }
    }
    let legend =
      "<p class=\"legend\"><span><i class=\"bar-proposals\"></i>\(proposals.count) proposals</span>"
      + "<span><i class=\"bar-picks\"></i>\(picks.count) picks</span></p>\n"
    return legend
      + HTML.figure(
        chart.svg(bars, xTitle: "score (cosine similarity with the query)", yTitle: "count"),
        "A pick has the score of its best proposal; several proposals may give one pick.")
  }

  /// Precision over recall; nil without truth or scores.
  func precisionRecall() -> String? {
    guard let curve = truth?.evaluation.curve, !curve.points.isEmpty else { return nil }
    let chart = Chart(x: (0, 1), y: (0, 1), width: 420, height: 360)
    func path(_ points: [(Double, Double)]) -> String {
      "M"
        + points.map { "\(Chart.short(chart.x($0.0))) \(Chart.short(chart.y($0.1)))" }.joined(separator: "L")
    }
    var envelope: [(Double, Double)] = []
    var best = 0.0
    for (index, point) in curve.points.enumerated().reversed() {
      best = max(best, point.precision)
      envelope.append((point.recall, best))
      envelope.append((index > 0 ? curve.points[index - 1].recall : 0, best))
    }
    let content =
      "<path class=\"envelope\" d=\"\(path(envelope.reversed() + [(envelope[0].0, 0), (0, 0)]))Z\"/>"
      + "<path class=\"curve\" d=\"\(path(curve.points.map { ($0.recall, $0.precision) }))\"/>"
      + (curve.best.map { best in
        "<circle class=\"best\" cx=\"\(Chart.short(chart.x(best.recall)))\" "
          + "cy=\"\(Chart.short(chart.y(best.precision)))\" r=\"4\"/>"
      } ?? "")
    return HTML.figure(
      chart.svg(content, xTitle: "recall", yTitle: "precision"),
      "Average precision \(decimal(curve.averagePrecision, places: 4)): the shaded area. The dot is the best F1, "
        + "\(decimal(curve.best?.f1 ?? 0, places: 4)).")
  }
}

/// Axes of a small diagram.
struct Chart {
  let x: (low: Double, high: Double)
  let y: (low: Double, high: Double)
  let width: Double
  let height: Double

  private static let margin = (left: 52.0, right: 24.0, top: 10.0, bottom: 44.0)

  static func short(_ value: Double) -> String { decimal(value, places: 1) }

  func x(_ value: Double) -> Double {
    Self.margin.left + (value - x.low) / (x.high - x.low) * (width - Self.margin.left - Self.margin.right)
  }

  func y(_ value: Double) -> Double {
    height - Self.margin.bottom
      - (value - y.low) / (y.high - y.low) * (height - Self.margin.top - Self.margin.bottom)
  }

  /// `content` with axes, five steps along each; counts get whole numbers.
  func svg(_ content: String, xTitle: String, yTitle: String) -> String {
    var axes = ""
    let counts = y.high > 1 || y.high == 1 && yTitle == "count"
    let steps = counts ? min(5, Int(y.high)) : 5
    for step in 0...steps {
      var value = y.low + (y.high - y.low) * Double(step) / Double(steps)
      if counts { value.round() }
      let place = Self.short(y(value))
      axes +=
        "<path class=\"grid\" d=\"M\(Self.short(Self.margin.left)) \(place)H\(Self.short(width - Self.margin.right))\"/>"
        + "<text x=\"\(Self.short(Self.margin.left - 7))\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">"
        + "\(decimal(value, places: counts ? 0 : 1))</text>"
    }
    for step in 0...5 {
      let value = x.low + (x.high - x.low) * Double(step) / 5
      axes +=
        "<text x=\"\(Self.short(x(value)))\" y=\"\(Self.short(height - Self.margin.bottom + 17))\" "
        + "text-anchor=\"middle\">\(decimal(value, places: x.high - x.low < 1 ? 3 : 1))</text>"
    }
    let middle = (Self.margin.left + width - Self.margin.right) / 2
    let centre = (Self.margin.top + height - Self.margin.bottom) / 2
    let titles =
      "<text x=\"\(Self.short(middle))\" y=\"\(Self.short(height - 6))\" text-anchor=\"middle\">\(xTitle)</text>"
      + "<text transform=\"translate(13 \(Self.short(centre))) rotate(-90)\" text-anchor=\"middle\">\(yTitle)</text>"
    return
      "<svg class=\"chart\" style=\"max-width:\(Int(width))px\" viewBox=\"0 0 \(Int(width)) \(Int(height))\" "
      + "role=\"img\" aria-label=\"\(yTitle) over \(xTitle)\">\(axes)\(content)\(titles)</svg>"
  }
}
