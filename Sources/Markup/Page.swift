/// A page of HTML that needs no other file.
package struct Page: Sendable {
  /// How the frame is written; the page looks the same.
  package enum Layout: Sendable {
    case open
    /// As `compare.html` always was: no line breaks around the styles and the page's main part, and no word of dark
    /// form controls, of which it has none.
    case compact
  }

  private let title: String
  private let layout: Layout
  private let style: [StyleSheet]
  private let content: Fragment

  /// - Parameters:
  ///   - title: what the browser's window is called.
  ///   - heading: what stands at the top.
  ///   - lead: the result in one or two sentences.
  ///   - content: mostly sections.
  package init(
    _ title: String, style: [StyleSheet], layout: Layout = .open, heading: String, lead: Fragment,
    isFailure: Bool = false, @FragmentBuilder content: () throws -> Fragment
  ) rethrows {
    (self.title, self.style, self.layout) = (title, style, layout)
    self.content = try Fragment {
      element("h1") { heading }.line
      element("p", ["class": isFailure ? "lead failed" : "lead"]) { lead }.line
      try content()
    }
  }

  /// The file.
  package var text: String {
    let isOpen = layout == .open
    let html = element("html", ["lang": "en"]) {
      newline
      element("head") {
        newline
        element("meta", ["charset": "utf-8"]).line
        element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]).line
        if isOpen { element("meta", ["name": "color-scheme", "content": "light dark"]).line }
        element("title") { title }.line
        StyleSheet.element(style, ownLines: isOpen).line
      }.line
      element("body") {
        if isOpen { newline }
        element("main") {
          newline
          content
        }
        if isOpen { newline }
      }.line
    }
    return Fragment(raw: "<!DOCTYPE html>").line.markup + html.line.markup
  }
}
