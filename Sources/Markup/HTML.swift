/// The parts of pages; `Styles/page.css` says how they look.
package enum HTML {
  /// A card with a heading.
  package static func section(
    _ title: String, @FragmentBuilder _ content: () throws -> Fragment
  ) rethrows -> Fragment {
    try element("section") {
      newline
      element("h2") { title }.line
      try content()
    }.line
  }

  /// A picture with a caption below.
  package static func figure(
    _ caption: String, @FragmentBuilder _ picture: () throws -> Fragment
  ) rethrows -> Fragment {
    try element("figure") {
      try picture()
      element("figcaption") { caption }
    }.line
  }

  /// A box that lays out what is in it: `sheet` and `maps` for many figures, `pair` for two parts side by side.
  package static func box(
    _ name: String, @FragmentBuilder _ content: () throws -> Fragment
  ) rethrows -> Fragment {
    try element("div", ["class": name]) { try content() }.line
  }

  /// What colours and marks mean: an element `span` for each.
  package static func legend(@FragmentBuilder _ keys: () throws -> Fragment) rethrows -> Fragment {
    try element("p", ["class": "legend"]) { try keys() }.line
  }

  /// A key of a legend: the colour of `name` and what it means.
  package static func key(_ name: String?, _ meaning: String) -> Fragment {
    element("span") {
      element("i", ["class": name])
      meaning
    }
  }

  /// A switch that turns what flips (`SVG.flipping`) in the sections after it, called `label`.
  package static func yUpwards(_ label: String) -> Fragment {
    Fragment {
      element("input", ["type": "checkbox", "id": "y-up"]).line
      element("label", ["for": "y-up"]) { label }.line
    }
  }

  /// A table in a box of its own, which scrolls where the page is narrow; each row is an element `tr`.
  package static func table(_ rows: [Fragment]) -> Fragment {
    box("scroll") {
      element("table") {
        newline
        rows.map(\.line)
      }
    }
  }

  /// A table of names and values.
  package static func table(_ rows: [(name: String, value: String)]) -> Fragment {
    table(
      rows.map { row in
        element("tr") {
          element("th") { row.name }
          element("td") { row.value }
        }
      })
  }
}
