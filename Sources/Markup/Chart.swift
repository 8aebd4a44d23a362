/// A diagram in SVG: where values lie, axes, grid, titles.
///
/// Lengths are the picture's; its y runs downwards, the diagram's upwards. `Styles/chart.css` says how it looks.
package struct Chart: Sendable {
  /// The area between the axes.
  package let left: Double
  package let top: Double
  package let width: Double
  package let height: Double
  package let xScale: Scale
  package let yScale: Scale
  /// Whether lines across are written with their length instead of their end, as in the pictures of studies.
  package var writesLengths = false

  /// The room around the axes of a diagram that is a picture of its own.
  private static let margin = (left: 52.0, right: 24.0, top: 10.0, bottom: 44.0)

  /// A diagram anywhere in a picture.
  package init(left: Double, top: Double, width: Double, height: Double, x: Scale, y: Scale) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
    (xScale, yScale) = (x, y)
  }

  /// A diagram that is a picture of its own, of `width` x `height` with all that stands around the axes.
  package init(width: Double, height: Double, x: Scale, y: Scale) {
    let margin = Self.margin
    self.init(
      left: margin.left, top: margin.top, width: width - margin.left - margin.right,
      height: height - margin.top - margin.bottom, x: x, y: y)
  }

  package var right: Double { left + width }
  package var bottom: Double { top + height }

  /// Where `value` lies in the picture, along x.
  package func x(_ value: Double) -> Double { left + xScale.share(value) * width }

  /// Where `value` lies in the picture, along y.
  package func y(_ value: Double) -> Double { bottom - yScale.share(value) * height }

  /// The diagram as a picture of its own.
  ///
  /// - Parameter name: its class.
  /// - Parameter content: what is drawn over the grid.
  package func picture(
    x: (title: String, ticks: [Scale.Tick]), y: (title: String, ticks: [Scale.Tick]),
    class name: String = "chart", @FragmentBuilder _ content: () -> Fragment
  ) -> Fragment {
    let size = (width: Int(right + Self.margin.right), height: Int(bottom + Self.margin.bottom))
    return SVG.picture(
      size.width, size.height, label: "\(y.title) over \(x.title)", class: name,
      style: "max-width:\(size.width)px"
    ) {
      yAxis(y.ticks)
      x.ticks.map { xLabel($0.label, at: self.x($0.value)) }
      content()
      titles(x: x.title, y: y.title)
    }
  }
}

extension Chart {
  /// A line across at the height `y` of the picture.
  package func line(_ name: String, at y: Double) -> Fragment {
    let end = writesLengths ? "h\(SVG.short(width))" : "H\(SVG.short(right))"
    return element("path", ["class": name, "d": "M\(SVG.short(left)) \(SVG.short(y))\(end)"])
  }

  /// Lines across, and their labels `gap` to the left.
  package func yAxis(_ ticks: [Scale.Tick], gap: Double = 7) -> Fragment {
    Fragment {
      for tick in ticks {
        line("grid", at: y(tick.value))
        SVG.text(tick.label, left - gap, y(tick.value), down: "4", anchor: "end")
      }
    }
  }

  /// A label `gap` below the axes, its middle at `x` of the picture.
  package func xLabel(_ label: String, at x: Double, gap: Double = 17) -> Fragment {
    SVG.text(label, x, bottom + gap, anchor: "middle")
  }

  /// The titles of both axes; that of y runs upwards at `yPlace` of the picture.
  package func titles(x: String, y: String, yPlace: String = "13") -> Fragment {
    let turned = "translate(\(yPlace) \(SVG.short(top + height / 2))) rotate(-90)"
    return Fragment {
      xLabel(x, at: left + width / 2, gap: 38)
      element("text", ["transform": turned, "text-anchor": "middle"]) { y }
    }
  }
}
