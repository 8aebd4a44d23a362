import Cryo
import Files

extension StudyResult {
  /// A sweep as an SVG picture, for light and dark pages: precision over recall if it varies K (figure 5), else
  /// precision, recall and F1 over the annotation ratio.
  public func picture(_ sweep: Sweep) -> String {
    let rows = rows(sweep).filter { $0.summary(.f1) != nil }
    let drawing = sweep.topKs.count > 1 ? curve(sweep) : panels(sweep, rows)
    let (width, height) = (Int(drawing.width), Int(drawing.height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
      role="img" aria-label="\(HTML.escaped(sweep.name))">
      <style>\(StudyDrawing.style)</style>
      <rect class="page" width="\(width)" height="\(height)"/>
      <text class="title" x="16" y="24">\(HTML.escaped(sweep.name))</text>
      \(drawing.marks)</svg>

      """
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
      drawing.add(panel.axes(xTitle: "annotation ratio", yTitle: title))
      let step = panel.width / Double(sweep.annotations.count)
      for (index, annotation) in sweep.annotations.enumerated() {
        drawing.add(panel.xLabel(annotation.description, at: panel.left + (Double(index) + 0.5) * step))
      }
      for (series, label) in labels.enumerated() {
        // Next to each other, so that no point hides another.
        let shift = (Double(series) - Double(labels.count - 1) / 2) * min(7, step / Double(labels.count + 1))
        var points: [StudyPanel.Point] = []
        for row in rows where row.label == label {
          guard let summary = row.summary(figure) else { continue }
          if row.isForeign {
            drawing.add(panel.level(summary.mean, series: series))
          } else if let place = sweep.annotations.firstIndex(where: { $0.description == row.annotation }) {
            points.append((panel.left + (Double(place) + 0.5) * step + shift, summary))
          }
        }
        drawing.add(panel.line(points, series: series))
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
    drawing.add(panel.axes(xTitle: "recall", yTitle: "precision"))
    for step in 0...5 {
      let share = Double(step) / 5
      drawing.add(panel.xLabel("\(20 * step)", at: panel.left + share * panel.width))
    }
    for (series, line) in lines.enumerated() {
      drawing.add(panel.curve(points[line] ?? [], series: series))
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
  private(set) var marks = ""

  /// Where panels begin.
  let top: Double

  /// Eight colours that differ in brightness too (after Okabe and Ito), and the same on dark.
  static let style = """
    .page{fill:#fff}.title{fill:#1d2330;font-size:15px;font-weight:600}text{fill:#5b6475;font:12px system-ui,sans-serif}
    .grid{stroke:#e6e9ef;fill:none}.line{fill:none;stroke-width:1.5}.level{fill:none;stroke-width:1.5;stroke-dasharray:5 4}
    .s0{stroke:#0b62a8;fill:#0b62a8}.s1{stroke:#c2410c;fill:#c2410c}.s2{stroke:#00795a;fill:#00795a}
    .s3{stroke:#a3367a;fill:#a3367a}.s4{stroke:#7a5c00;fill:#7a5c00}.s5{stroke:#3f8fc4;fill:#3f8fc4}
    .s6{stroke:#555b66;fill:#555b66}.s7{stroke:#d0902a;fill:#d0902a}.line,.level{fill:none}
    @media (prefers-color-scheme:dark){.page{fill:#14171c}.title{fill:#e6e9ef}text{fill:#9aa4b5}.grid{stroke:#2b313b}
    .s0{stroke:#6db3f2;fill:#6db3f2}.s1{stroke:#ff9a6b;fill:#ff9a6b}.s2{stroke:#4fd0a8;fill:#4fd0a8}
    .s3{stroke:#e58fc4;fill:#e58fc4}.s4{stroke:#e0c050;fill:#e0c050}.s5{stroke:#a5d0ee;fill:#a5d0ee}
    .s6{stroke:#b4bac4;fill:#b4bac4}.s7{stroke:#f3bf6c;fill:#f3bf6c}.line,.level{fill:none}}
    """

  init(width: Double, legend: [String]) {
    self.width = width
    var (x, y) = (16.0, 46.0)
    for (series, label) in legend.enumerated() {
      // System fonts are about 6.6 pixels wide on average at this size.
      let length = 26 + 6.8 * Double(label.count)
      if x > 16, x + length > width - 16 { (x, y) = (16, y + 18) }
      marks +=
        "<circle class=\"s\(series % 8)\" cx=\"\(Self.short(x + 5))\" cy=\"\(Self.short(y - 4))\" r=\"4\"/>"
        + "<text x=\"\(Self.short(x + 14))\" y=\"\(Self.short(y))\">\(HTML.escaped(label))</text>\n"
      x += length
    }
    top = y + 22
    height = top + 190 + 56
  }

  mutating func add(_ mark: String) { marks += mark + "\n" }

  static func short(_ value: Double) -> String { decimal(value, places: 1) }
}

/// One diagram of a picture, its y axis from 0 to 1, shown in per cent.
struct StudyPanel {
  typealias Point = (x: Double, summary: Summary)

  let left: Double
  let top: Double
  let width: Double
  let height: Double

  private func y(_ share: Double) -> Double { top + height * (1 - min(1, max(0, share))) }
  private func short(_ value: Double) -> String { StudyDrawing.short(value) }

  func axes(xTitle: String, yTitle: String) -> String {
    let lines = (0...5).map { step -> String in
      let place = short(y(Double(step) / 5))
      return "<path class=\"grid\" d=\"M\(short(left)) \(place)h\(short(width))\"/>"
        + "<text x=\"\(short(left - 6))\" y=\"\(place)\" dy=\"4\" text-anchor=\"end\">\(20 * step)</text>"
    }
    let middle = short(left + width / 2)
    let centre = short(top + height / 2)
    return lines.joined()
      + "\n<text x=\"\(middle)\" y=\"\(short(top + height + 38))\" text-anchor=\"middle\">\(xTitle)</text>"
      + "<text transform=\"translate(\(short(left - 36)) \(centre)) rotate(-90)\" text-anchor=\"middle\">\(yTitle), %</text>"
  }

  func xLabel(_ text: String, at x: Double) -> String {
    "<text x=\"\(short(x))\" y=\"\(short(top + height + 18))\" text-anchor=\"middle\">\(text)</text>"
  }

  /// A dashed line across: what depends on no prompts.
  func level(_ share: Double, series: Int) -> String {
    "<path class=\"level s\(series % 8)\" d=\"M\(short(left)) \(short(y(share)))h\(short(width))\"/>"
  }

  /// Means joined by a line, each with its standard deviation.
  func line(_ points: [Point], series: Int) -> String {
    let color = "s\(series % 8)"
    let path = points.map { "\(short($0.x)) \(short(y($0.summary.mean)))" }.joined(separator: "L")
    let marks = points.map { point -> String in
      let (x, mean) = (short(point.x), point.summary.mean)
      let spread = point.summary.deviation.map {
        "<path class=\"line \(color)\" d=\"M\(x) \(short(y(mean - $0)))V\(short(y(mean + $0)))\"/>"
      }
      return (spread ?? "") + "<circle class=\"\(color)\" cx=\"\(x)\" cy=\"\(short(y(mean)))\" r=\"3.5\"/>"
    }
    return (points.count > 1 ? "<path class=\"line \(color)\" d=\"M\(path)\"/>" : "") + marks.joined()
  }

  /// Precision over recall, each point with its K.
  func curve(_ points: [(topK: String, precision: Summary, recall: Summary)], series: Int) -> String {
    let color = "s\(series % 8)"
    let places = points.map { (x: left + width * $0.recall.mean, y: y($0.precision.mean)) }
    let path = places.map { "\(short($0.x)) \(short($0.y))" }.joined(separator: "L")
    let marks = zip(points, places).map { point, place in
      "<circle class=\"\(color)\" cx=\"\(short(place.x))\" cy=\"\(short(place.y))\" r=\"4\"/>"
        + "<text x=\"\(short(place.x + 7))\" y=\"\(short(place.y - 6))\">\(point.topK)</text>"
    }
    return (points.count > 1 ? "<path class=\"line \(color)\" d=\"M\(path)\"/>" : "") + marks.joined()
  }
}
