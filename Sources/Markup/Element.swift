/// An element of HTML or SVG with content: `element("td", ["class": "failed"]) { "FAIL" }`.
///
/// - Parameters:
///   - attributes: in the order in which they are written; those that are nil are left out.
///   - content: strings in it are text.
package func element(
  _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
  @FragmentBuilder _ content: () throws -> Fragment
) rethrows -> Fragment {
  precondition(!voidElements.contains(name.description), "<\(name)> has no content")
  return Fragment(raw: "<\(name)\(written(attributes))>\(try content().markup)</\(name)>")
}

/// An element without content: `<br>`, `<path d="M0 0h9"/>`, `<i class="key"></i>`.
package func element(
  _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:]
) -> Fragment {
  let start = "<\(name)\(written(attributes))"
  if voidElements.contains(name.description) { return Fragment(raw: start + ">") }
  return Fragment(raw: start + (shapes.contains(name.description) ? "/>" : "></\(name)>"))
}

private func written(_ attributes: KeyValuePairs<StaticString, String?>) -> String {
  attributes.reduce(into: "") { text, attribute in
    if let value = attribute.value { text += " \(attribute.key)=\"\(Fragment.escaped(value))\"" }
  }
}

/// HTML's elements that have neither content nor an end.
private let voidElements: Set<String> = ["br", "hr", "img", "input", "link", "meta", "source", "wbr"]

/// SVG's elements that mostly have no content; only in SVG may a start be an end too.
private let shapes: Set<String> = [
  "circle", "ellipse", "image", "line", "path", "polygon", "polyline", "rect", "stop", "use",
]
