import Markup

/// How values are distributed: all of them, and the picks' within, with lines where the cuts lie. It is drawn for wide and
/// for narrow pages, so that its labels have one size on both.
struct Histogram {
  /// A line across the bars.
  struct Cut {
    let value: Double
    let label: String
  }

  let all: [Double]
  let picks: [Double]
  let range: ClosedRange<Double>
  var bins = 30
  let cuts: [Cut]
  let x: (title: String, ticks: [Scale.Tick])
  /// Of the wide one.
  var width = 720.0

  func svg() -> Fragment {
    let counts = [count(all), count(picks)]
    return Fragment {
      picture("chart wide", width, counts)
      picture("chart narrow", 360, counts)
    }
  }

  /// What lies beyond the ends counts with the last bins.
  private func count(_ values: [Double]) -> [Int] {
    values.reduce(into: [Int](repeating: 0, count: bins)) { counts, value in
      let bin = ((value - range.lowerBound) / binWidth).rounded(.down)
      counts[Int(min(Double(bins - 1), max(0, bin)))] += 1
    }
  }

  private var binWidth: Double { (range.upperBound - range.lowerBound) / Double(bins) }

  private func picture(_ name: String, _ width: Double, _ counts: [[Int]]) -> Fragment {
    let most = max(1, counts.joined().max() ?? 1)
    let chart = Chart(
      width: width, height: 240, x: .linear(from: range.lowerBound, to: range.upperBound),
      y: .roots(to: Double(most)))
    func bar(_ name: String, _ bin: Int, _ count: Int, inset: Double) -> Fragment {
      let left = chart.x(range.lowerBound + binWidth * (Double(bin) + inset))
      let right = chart.x(range.lowerBound + binWidth * (Double(bin) + 1 - inset))
      let top = chart.y(Double(count))
      return SVG.rect(name, left, top, right - left, chart.y(0) - top)
    }
    return chart.picture(x: x, y: ("count", Scale.rootCounts(to: most)), class: name) {
      for (bin, count) in counts[0].enumerated() where count > 0 {
        bar("bar-proposals", bin, count, inset: 0.06)
      }
      for (bin, count) in counts[1].enumerated() where count > 0 { bar("bar-picks", bin, count, inset: 0.22) }
      for (row, cut) in cuts.filter({ range.contains($0.value) }).enumerated() {
        line(cut, in: chart, row: row)
      }
    }
  }

  private func line(_ cut: Cut, in chart: Chart, row: Int) -> Fragment {
    let place = chart.x(cut.value)
    let isRight = place > chart.left + chart.width * 0.6
    return Fragment {
      element("path", ["class": "cut", "d": SVG.path([(place, chart.bottom), (place, chart.top)])])
      element(
        "text",
        [
          "class": "cut-label", "x": SVG.short(place + (isRight ? -5 : 5)),
          "y": SVG.short(chart.top + 11 + 14 * Double(row % 5)), "text-anchor": isRight ? "end" : "start",
        ]
      ) { cut.label }
    }
  }
}
