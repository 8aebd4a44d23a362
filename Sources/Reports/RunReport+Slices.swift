import Images
import Markup
import Volumes

extension RunReport {
  /// What the marks mean.
  func legend() -> Fragment {
    func circle(_ name: String, _ radius: String) -> Fragment {
      element("circle", ["class": name, "cx": "7", "cy": "7", "r": radius, "stroke-width": "1.5"])
    }
    func cross(_ name: String, _ width: String) -> Fragment {
      element("path", ["class": name, "stroke-width": width, "d": "M2 7h10M7 2v10"])
    }
    return HTML.legend {
      Self.key("prompt") { circle("prompt", "5.5") }
      Self.key("proposal") { circle("proposal", "3") }
      Self.key("pick") {
        cross("halo", "4")
        cross("pick", "2")
      }
      if truth != nil { Self.key("true particle, circle of the matching radius") { circle("truth", "5.5") } }
      for kind in kinds {
        if let name = kind.name {
          Self.key(name) {
            let color = Overview.color(kind.number).map { "\($0)" }.joined(separator: ",")
            element("rect", ["width": "14", "height": "14", "fill": "rgb(\(color))"])
          }
        }
      }
      element("span") { "tinted: instances; numbers: picks" }
      element("span") { "marks are those within 5 voxels of the slice" }
    }
  }

  /// A key of a legend: a mark of 14 x 14 pixels and what it means.
  static func key(_ meaning: String, @FragmentBuilder _ mark: () -> Fragment) -> Fragment {
    element("span") {
      element("svg", ["viewBox": "0 0 14 14"], mark)
      meaning
    }
  }

  /// The slices through the middle: z at the upper left, y below it (x along both), x to its right (y along both).
  func centralSlices() throws -> Fragment {
    let shape = tomogram.shape
    let gap = max(2, (shape.width + shape.depth) / 80)
    let (width, height) = (shape.width + gap + shape.depth, shape.height + gap + shape.depth)
    let step = max(1, max(width, height) / 1400)
    let mark = Double(max(width, height)) / 260
    func slice(_ axis: Axis, _ transposed: Bool = false) -> SliceFigure {
      SliceFigure(
        report: self, axis: axis, index: shape[axis] / 2, transposed: transposed, step: step, mark: mark)
    }
    return try element("figure") {
      try SVG.picture(width, height, label: "slices", class: "slices") {
        try slice(.z).svg()
        try slice(.x, true).svg(x: shape.width + gap)
        try slice(.y).svg(y: shape.height + gap)
      }
      element("figcaption") {
        "Slices z = \(shape.depth / 2), x = \(shape.width / 2) (right) and y = \(shape.height / 2) (below). "
        "x runs to the right and y "
        element("span", ["class": "downwards"]) { "down" }
        element("span", ["class": "upwards"]) { "up" }
        " in the z-slice."
      }
    }.line
  }

  /// Slices through the whole depth, and the one through the first prompt.
  func contactSheet() throws -> Fragment {
    let shape = tomogram.shape
    let count = min(12, shape.depth)
    var indices = Set((0..<count).map { ($0 * 2 + 1) * shape.depth / (2 * count) })
    let prompted = prompts.first.map { min(shape.depth - 1, max(0, Int($0.z.rounded()))) }
    if let prompted { indices.insert(prompted) }
    let step = max(1, max(shape.width, shape.height) / 400)
    let mark = Double(max(shape.width, shape.height)) / 130
    return try HTML.box("sheet") {
      newline
      for index in indices.sorted() {
        let slice = SliceFigure(report: self, axis: .z, index: index, step: step, mark: mark)
        try HTML.figure("z = \(index)" + (index == prompted ? ", the first prompt's" : "")) {
          try SVG.picture(shape.width, shape.height, label: "slice", class: "slice") { try slice.svg() }
        }
      }
    }
  }
}
