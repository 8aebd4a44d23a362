import Files
import Markup

extension RunReport {
  /// How the scores are distributed: of all finds and of the picks with the cut between them, or, if finds were not
  /// judged, of proposals and picks.
  func histogram() -> Fragment {
    let isJudged = !finds.isEmpty
    let sets = [
      ("proposals", (isJudged ? finds : proposals).compactMap(\.score)), ("picks", picks.compactMap(\.score)),
    ]
    let cuts = kindsLookedFor.compactMap { $0["threshold"]?.double }
    // Scores of no run, which no diagram can hold, are left out.
    let all = sets.flatMap(\.1).filter { abs($0) < 1e6 }
    guard let low = all.min(), let high = all.max() else {
      return element("p") { "There are no scores." }.line
    }
    let bins = 30
    let width = max(high - low, 1e-6) / Double(bins)
    let counts = sets.map { _, scores in
      scores.filter { low...high ~= $0 }.reduce(into: [Int](repeating: 0, count: bins)) { counts, score in
        counts[min(bins - 1, max(0, Int((score - low) / width)))] += 1
      }
    }
    let most = max(1, counts.joined().max() ?? 1)
    let chart = Chart(
      width: 720, height: 240, x: .linear(from: low, to: low + width * Double(bins)),
      y: .linear(from: 0, to: Double(most)))
    func bar(_ name: String, _ bin: Int, _ count: Int) -> Fragment {
      let inset = name == "picks" ? 0.22 : 0.06
      let left = chart.x(low + width * (Double(bin) + inset))
      let right = chart.x(low + width * (Double(bin) + 1 - inset))
      let top = chart.y(Double(count))
      return SVG.rect("bar-\(name)", left, top, right - left, chart.y(0) - top)
    }
    let places = width * Double(bins) < 1 ? 3 : 1
    return Fragment {
      HTML.legend {
        HTML.key("bar-proposals", isJudged ? "\(finds.count) finds" : "\(proposals.count) proposals")
        HTML.key("bar-picks", "\(picks.count) picks")
      }
      HTML.figure(
        isJudged
          ? "1 is exactly like the clicked particle. The line is the cut: \(cutReasons)."
          : "A pick has the score of its best proposal; several proposals may give one pick."
      ) {
        chart.picture(
          x: (
            isJudged ? "score" : "score (cosine similarity with the query)",
            chart.xScale.ticks(places: places)
          ),
          y: ("count", Scale.counts(to: most))
        ) {
          for (set, counts) in zip(sets, counts) {
            for (bin, count) in counts.enumerated() where count > 0 { bar(set.0, bin, count) }
          }
          for cut in cuts where (low...low + width * Double(bins)).contains(cut) {
            element(
              "path",
              [
                "class": "curve",
                "d": SVG.path([(chart.x(cut), chart.y(0)), (chart.x(cut), chart.y(Double(most)))]),
              ])
          }
        }
      }
    }
  }

  /// Why the cuts lie where they do.
  private var cutReasons: String {
    kindsLookedFor.compactMap { kind in
      kind["reason"]?.string.map { (kind["kind"]?.string.map { "\($0): " } ?? "") + $0 }
    }.joined(separator: "; ")
  }

  private var kindsLookedFor: [JSON] {
    (record["judgement"]?.array ?? []).filter { $0["wanted"]?.bool ?? true }
  }

  /// Precision over recall; nothing without truth or scores.
  func precisionRecall() -> Fragment? {
    guard let curve = truth?.evaluation.curve, !curve.points.isEmpty else { return nil }
    let chart = Chart(width: 420, height: 360, x: .linear(from: 0, to: 1), y: .linear(from: 0, to: 1))
    func path(_ points: [(Double, Double)]) -> String {
      SVG.path(points.map { (chart.x($0.0), chart.y($0.1)) })
    }
    var envelope: [(Double, Double)] = []
    var best = 0.0
    for (index, point) in curve.points.enumerated().reversed() {
      best = max(best, point.precision)
      envelope.append((point.recall, best))
      envelope.append((index > 0 ? curve.points[index - 1].recall : 0, best))
    }
    let area = path(envelope.reversed() + [(envelope[0].0, 0), (0, 0)]) + "Z"
    return HTML.figure(
      "Average precision \(decimal(curve.averagePrecision, places: 4)): the shaded area. The dot is the best F1, "
        + "\(decimal(curve.best?.f1 ?? 0, places: 4))."
    ) {
      chart.picture(x: ("recall", chart.xScale.ticks()), y: ("precision", chart.yScale.ticks())) {
        element("path", ["class": "envelope", "d": area])
        element("path", ["class": "curve", "d": path(curve.points.map { ($0.recall, $0.precision) })])
        if let best = curve.best {
          SVG.circle("best", chart.x(best.recall), chart.y(best.precision), radius: "4")
        }
      }
    }
  }
}
