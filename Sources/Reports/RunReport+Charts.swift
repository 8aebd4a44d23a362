import Files
import Markup
import Platform

extension RunReport {
  /// How the scores are distributed: of all finds and of the picks with the cut between them, or, if finds were not
  /// judged, of proposals and picks.
  func scores() -> Fragment {
    let all = isJudged ? (picks + others).map(\.score) : proposals.map(\.score)
    // Scores of no run, which no diagram can hold, are left out.
    let sets = [all, picks.map(\.score)].map { $0.compactMap { $0 }.filter { abs($0) < 1e6 } }
    guard let low = sets.joined().min(), let high = sets.joined().max() else {
      return element("p") { "There are no scores." }.line
    }
    let range: ClosedRange<Double> =
      isJudged && low >= 0 && high <= 1 ? 0...1 : low...max(high, low + 1e-6)
    let ticks = Scale.linear(from: range.lowerBound, to: range.upperBound)
      .ticks(places: range.upperBound - range.lowerBound < 1 ? 3 : 1)
    let histogram = Histogram(
      all: sets[0], picks: sets[1], range: range,
      cuts: kinds.compactMap { kind in
        kind.threshold.map {
          Histogram.Cut(
            value: $0, label: "cut \(decimal($0, places: 3))" + (kind.name.map { ", \($0)" } ?? ""))
        }
      },
      x: (isJudged ? "score" : "score (cosine similarity with the query)", ticks))
    return Fragment {
      bars()
      HTML.figure(
        isJudged
          ? "1 is exactly like the clicked particle. The dashed line is the cut: \(cutReasons)."
          : "A pick has the score of its best proposal; several proposals may give one pick."
      ) { histogram.svg() }
    }
  }

  /// How large the picks, and the finds, are.
  func sizes() -> Fragment {
    func octaves(_ finds: [Finding]) -> [Double] {
      finds.compactMap { find in find.size.flatMap { $0 > 0 && $0.isFinite ? log2($0) : nil } }
    }
    let all = octaves(picks + others)
    guard !all.isEmpty else { return element("p") { "There are no sizes." }.line }
    let ticks = [(-3, "1/8"), (-2, "1/4"), (-1, "1/2"), (0, "1"), (1, "2"), (2, "4"), (3, "8")].map {
      Scale.Tick(value: Double($0.0), label: $0.1)
    }
    let limits = isJudged ? record["parameters"]?["cut"]?["size"]?.array?.compactMap(\.double) ?? [] : []
    let histogram = Histogram(
      all: all, picks: octaves(picks), range: -3...3,
      cuts: zip(["least", "most"], limits).filter { $1 > 0 }.map {
        Histogram.Cut(value: log2($1), label: "\($0) \(decimal($1, places: 2))")
      }, x: ("size over the clicked one's", ticks))
    let unit = tomogram.geometry.hasVoxelSize ? "nm" : "voxels"
    let clicked = kinds.compactMap { kind in
      kind.voxels.map {
        (kind.name.map { "\($0): " } ?? "")
          + "\(decimal($0, places: 0)) voxels, \(decimal(across($0), places: 1)) \(unit) across as a ball"
      }
    }
    return Fragment {
      bars()
      HTML.figure(
        (clicked.isEmpty ? "" : "1 is the clicked particle: \(clicked.joined(separator: "; ")). ")
          + "Sizes beyond the ends count with the last bars."
      ) { histogram.svg() }
    }
  }

  /// What the bars are.
  private func bars() -> Fragment {
    HTML.legend {
      HTML.key(
        "bar-proposals",
        isJudged ? "\(picks.count + others.count) finds" : "\(proposals.count) proposals")
      HTML.key("bar-picks", "\(picks.count) picks")
    }
  }

  /// Why the cuts lie where they do.
  private var cutReasons: String {
    (record["judgement"]?.array ?? []).filter { $0["wanted"]?.bool ?? true }.compactMap { kind in
      kind["reason"]?.string.map { (kind["kind"]?.string.map { "\($0): " } ?? "") + $0 }
    }.joined(separator: "; ")
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
