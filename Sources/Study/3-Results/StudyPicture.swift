import Files
import Markup

extension StudyResult {
  /// A sweep as an SVG picture, for light and dark pages: precision over recall if it varies K (figure 5), else
  /// precision, recall and F1 over the annotation ratio.
  public func picture(_ sweep: Sweep) -> String {
    let rows = rows(sweep).filter { $0.summary(.f1) != nil }
    let drawing = sweep.topKs.count > 1 ? curve(sweep) : panels(sweep, rows)
    let (width, height) = (Int(drawing.width), Int(drawing.height))
    return SVG.picture(width, height, label: sweep.name, isFile: true) {
      newline
      SVG.style(.picture).line
      element("rect", ["class": "page", "width": "\(width)", "height": "\(height)"]).line
      element("text", ["class": "title", "x": "16", "y": "24"]) { sweep.name }.line
      drawing.marks.map(\.line)
    }.line.markup
  }

  /// Three panels: a point with its standard deviation for each row, rows of one label joined.
  private func panels(_ sweep: Sweep, _ rows: [TableRow]) -> StudyDrawing {
    let labels = rows.reduce(into: [String]()) { labels, row in
      if labels.last != row.label { labels.append(row.label) }
    }
    var drawing = StudyDrawing(width: 792, legend: labels)
    let figures: [(Figure, String)] = [(.precision, "precision"), (.recall, "recall"), (.f1, "F1")]
    for (position, (figure, title)) in figures.enumerated() {
      let panel = StudyPanel(left: 52 + 254 * Double(position), top: drawing.top, width: 200, height: 190)
      drawing.marks += panel.axes(xTitle: "annotation ratio", yTitle: title)
      let step = panel.chart.width / Double(sweep.annotations.count)
      for (index, annotation) in sweep.annotations.enumerated() {
        let middle = panel.chart.left + (Double(index) + 0.5) * step
        drawing.marks.append(panel.chart.xLabel(annotation.description, at: middle, gap: 18))
      }
      for (series, label) in labels.enumerated() {
        // Next to each other, so that no point hides another.
        let shift = (Double(series) - Double(labels.count - 1) / 2) * min(7, step / Double(labels.count + 1))
        var points: [StudyPanel.Point] = []
        for row in rows where row.label == label {
          guard let summary = row.summary(figure) else { continue }
          if row.isForeign {
            drawing.marks.append(panel.level(summary.mean, series: series))
          } else if let place = sweep.annotations.firstIndex(where: { $0.description == row.annotation }) {
            points.append((panel.chart.left + (Double(place) + 0.5) * step + shift, summary))
          }
        }
        drawing.marks.append(panel.line(points, series: series))
      }
    }
    return drawing
  }

  /// Precision over recall, the proposals' number along each line.
  private func curve(_ sweep: Sweep) -> StudyDrawing {
    struct Line: Hashable {
      let label: String
      let annotation: Annotation
    }
    // A method's other parameters and the annotation ratio make a line, K its points.
    var lines: [Line] = []
    var points: [Line: [(topK: String, precision: Summary, recall: Summary)]] = [:]
    for method in sweep.methods {
      for annotation in sweep.annotations {
        let figures = sweep.runs(method, annotation).compactMap { self[$0]?.figures }
        guard let precision = Summary(figures.compactMap { $0[.precision] }),
          let recall = Summary(figures.compactMap { $0[.recall] })
        else { continue }
        let label = sweep.label(method).split(separator: ", ").dropLast().joined(separator: ", ")
        let line = Line(label: label, annotation: annotation)
        if points[line] == nil { lines.append(line) }
        points[line, default: []].append((method.topKText, precision, recall))
      }
    }
    let legend = lines.map { $0.label.isEmpty ? "\($0.annotation)" : "\($0.label), \($0.annotation)" }
    var drawing = StudyDrawing(width: 420, legend: legend)
    let panel = StudyPanel(left: 56, top: drawing.top, width: 340, height: 260)
    drawing.height = drawing.top + 260 + 56
    drawing.marks += panel.axes(xTitle: "recall", yTitle: "precision")
    for tick in panel.percent {
      drawing.marks.append(panel.chart.xLabel(tick.label, at: panel.chart.x(tick.value), gap: 18))
    }
    for (series, line) in lines.enumerated() {
      drawing.marks.append(panel.curve(points[line] ?? [], series: series))
    }
    return drawing
  }
}

extension Sweep {
  /// The runs of one cell of the table.
  fileprivate func runs(_ method: StudyMethod, _ annotation: Annotation) -> [StudyRun] {
    (0..<tomograms).flatMap { tomogram in
      (1...sets).map { StudyRun(tomogram: tomogram, method: method, annotation: annotation, set: $0) }
    }
  }
}

/// A picture being drawn: a title, a legend, then panels.
struct StudyDrawing {
  let width: Double
  var height: Double
  var marks: [Fragment] = []

  /// Where panels begin.
  let top: Double

  init(width: Double, legend: [String]) {
    self.width = width
    var (x, y) = (16.0, 46.0)
    for (series, label) in legend.enumerated() {
      // System fonts are about 6.6 pixels wide on average at this size.
      let length = 26 + 6.8 * Double(label.count)
      if x > 16, x + length > width - 16 { (x, y) = (16, y + 18) }
      marks.append(
        Fragment {
          SVG.circle(StudyPanel.color(series), x + 5, y - 4, radius: "4")
          SVG.text(label, x + 14, y)
        })
      x += length
    }
    top = y + 22
    height = top + 190 + 56
  }
}

/// One diagram of a picture, its y axis from 0 to 1, shown in per cent.
struct StudyPanel {
  typealias Point = (x: Double, summary: Summary)

  let chart: Chart

  init(left: Double, top: Double, width: Double, height: Double) {
    let share = Scale.linear(from: 0, to: 1)
    var chart = Chart(left: left, top: top, width: width, height: height, x: share, y: share)
    chart.writesLengths = true
    self.chart = chart
  }

  /// As `chart.y`, within the axes. It rounds otherwise in one of ten thousand places: written pictures stay the same.
  private func y(_ share: Double) -> Double { chart.top + chart.height * (1 - min(1, max(0, share))) }

  /// Steps of 20 %.
  var percent: [Scale.Tick] { chart.yScale.ticks { decimal(100 * $0, places: 0) } }

  func axes(xTitle: String, yTitle: String) -> [Fragment] {
    [
      chart.yAxis(percent, gap: 6),
      chart.titles(x: xTitle, y: "\(yTitle), %", yPlace: SVG.short(chart.left - 36)),
    ]
  }

  /// A dashed line across: what depends on no prompts.
  func level(_ share: Double, series: Int) -> Fragment {
    chart.line("level \(Self.color(series))", at: y(share))
  }

  /// Means joined by a line, each with its standard deviation.
  func line(_ points: [Point], series: Int) -> Fragment {
    Fragment {
      Self.joined(points.map { ($0.x, y($0.summary.mean)) }, series)
      for (x, summary) in points {
        if let deviation = summary.deviation {
          let (low, high) = (y(summary.mean - deviation), y(summary.mean + deviation))
          Self.line("M\(SVG.short(x)) \(SVG.short(low))V\(SVG.short(high))", series)
        }
        SVG.circle(Self.color(series), x, y(summary.mean), radius: "3.5")
      }
    }
  }

  /// Precision over recall, each point with its K.
  func curve(_ points: [(topK: String, precision: Summary, recall: Summary)], series: Int) -> Fragment {
    let places = points.map { (x: chart.x($0.recall.mean), y: y($0.precision.mean)) }
    return Fragment {
      Self.joined(places, series)
      for (point, place) in zip(points, places) {
        SVG.circle(Self.color(series), place.x, place.y, radius: "4")
        SVG.text(point.topK, place.x + 7, place.y - 6)
      }
    }
  }

  private static func joined(_ places: [(x: Double, y: Double)], _ series: Int) -> Fragment {
    Fragment { if places.count > 1 { line(SVG.path(places), series) } }
  }

  private static func line(_ path: String, _ series: Int) -> Fragment {
    element("path", ["class": "line \(color(series))", "d": path])
  }

  fileprivate static func color(_ series: Int) -> String { "s\(series % 8)" }
}
