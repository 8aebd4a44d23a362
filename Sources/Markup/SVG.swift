import Files

/// The parts of pictures.
package enum SVG {
  /// A picture of `width` x `height` units.
  ///
  /// - Parameters:
  ///   - label: what it shows, for those who cannot see it.
  ///   - isFile: whether it is a file of its own; it then has the size in pixels too.
  package static func picture(
    _ width: Int, _ height: Int, label: String, class name: String? = nil, style: String? = nil,
    isFile: Bool = false, @FragmentBuilder _ content: () throws -> Fragment
  ) rethrows -> Fragment {
    try element(
      "svg",
      [
        "xmlns": isFile ? "http://www.w3.org/2000/svg" : nil, "class": name, "style": style,
        "viewBox": "0 0 \(width) \(height)", "width": isFile ? "\(width)" : nil,
        "height": isFile ? "\(height)" : nil, "role": "img", "aria-label": label,
      ]
    ) { try content() }
  }

  /// The styles of a picture that is a file of its own.
  package static func style(_ sheet: StyleSheet) -> Fragment { StyleSheet.element([sheet], ownLines: false) }

  /// What is turned over where a page shows y upwards (`HTML.yUpwards`), within `height` units.
  package static func flipping(_ content: Fragment, height: Int) -> Fragment {
    element("g", ["class": "flip", "style": "--h:\(height)px"]) { content }
  }

  /// A circle around (x, y), with a tool tip if `title` is given.
  package static func circle(
    _ name: String?, _ x: Double, _ y: Double, radius: String, title: String? = nil
  ) -> Fragment {
    let attributes: KeyValuePairs<StaticString, String?> = [
      "class": name, "cx": short(x), "cy": short(y), "r": radius,
    ]
    guard let title else { return element("circle", attributes) }
    return element("circle", attributes) { element("title") { title } }
  }

  /// A rectangle with its upper left corner at (x, y).
  package static func rect(_ name: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double)
    -> Fragment
  {
    element(
      "rect",
      ["class": name, "x": short(x), "y": short(y), "width": short(width), "height": short(height)])
  }

  /// Text that begins at (x, y), has its middle or its end there.
  package static func text(
    _ text: String, _ x: Double, _ y: Double, down: String? = nil, anchor: String? = nil
  ) -> Fragment {
    element("text", ["x": short(x), "y": short(y), "dy": down, "text-anchor": anchor]) { text }
  }

  /// A length on a diagram: a tenth of a pixel is enough.
  package static func short(_ value: Double) -> String { decimal(value, places: 1) }

  /// The data of a `path` through `points`; empty without points.
  package static func path(_ points: [(x: Double, y: Double)]) -> String {
    points.isEmpty ? "" : "M" + points.map { "\(short($0.x)) \(short($0.y))" }.joined(separator: "L")
  }
}
