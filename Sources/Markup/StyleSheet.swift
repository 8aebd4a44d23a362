import CPages

/// Rules of CSS: a file in `Styles`, which the build puts into the program.
package struct StyleSheet: Sendable {
  let rules: String

  private init(_ name: String) {
    let file = page_file("Styles/\(name).css")
    var rules = String(decoding: UnsafeBufferPointer(start: file.bytes, count: file.count), as: UTF8.self)
    if rules.last == "\n" { rules.removeLast() }
    self.rules = rules
  }

  /// What stands on every page, for light and dark: headings, sections, figures, legends, tables, grids of figures.
  package static let page = StyleSheet("page")
  /// Marks on slices; their colours stand out on grey, so they are the same in light and dark.
  package static let marks = StyleSheet("marks")
  /// Diagrams on a page.
  package static let chart = StyleSheet("chart")
  /// What the page of a run has beside that: galleries, long tables, diagrams for narrow and wide pages.
  package static let report = StyleSheet("report")
  /// All of `cryosam compare`'s page, whose measures are others than those of `page`.
  package static let comparison = StyleSheet("comparison")
  /// Pictures that stand alone. Eight colours that differ in brightness too (after Okabe and Ito), and the same on dark.
  package static let picture = StyleSheet("picture")

  /// The element `style`, with the rules on lines of their own if `ownLines`.
  static func element(_ sheets: [StyleSheet], ownLines: Bool) -> Fragment {
    Markup.element("style") {
      if ownLines { newline }
      Fragment(raw: sheets.map(\.rules).joined(separator: "\n"))
      if ownLines { newline }
    }
  }
}
