import Files

/// A piece of HTML or SVG.
///
/// Strings become text, with what means something in markup escaped; names of elements and attributes are literals. So
/// no data turns into markup. The one other way in is `Fragment(raw:)`.
package struct Fragment: Sendable, Equatable {
  /// The piece as it stands in the file.
  package private(set) var markup: String

  /// Markup that stands in the sources of this program, never data.
  package init(raw markup: String) { self.markup = markup }

  /// Text, escaped.
  package init(_ text: String) { markup = Self.escaped(text) }

  /// Several pieces, one after the other.
  package init(@FragmentBuilder _ content: () throws -> Fragment) rethrows { self = try content() }

  init(_ parts: [Fragment]) { markup = parts.reduce(into: "") { $0 += $1.markup } }

  /// The piece and a line break, to keep files readable.
  package var line: Fragment { Fragment(raw: markup + "\n") }

  /// `text` as HTML and SVG show it, also between double quotes. Control characters, which XML does not allow, and what
  /// turns the direction of writing become spaces.
  static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || #"&<>""#.utf8.contains($0) }) else {
      return text
    }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.isCommand: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
  }
}

/// A line break outside of text.
package let newline = Fragment(raw: "\n")

/// Puts the fragments and strings of a closure together; strings are text.
@resultBuilder
package enum FragmentBuilder {
  package static func buildExpression(_ text: String) -> Fragment { Fragment(text) }
  package static func buildExpression(_ fragment: Fragment) -> Fragment { fragment }
  package static func buildExpression(_ fragments: [Fragment]) -> Fragment { Fragment(fragments) }
  package static func buildBlock(_ parts: Fragment...) -> Fragment { Fragment(parts) }
  package static func buildArray(_ parts: [Fragment]) -> Fragment { Fragment(parts) }
  package static func buildOptional(_ part: Fragment?) -> Fragment { part ?? Fragment([]) }
  package static func buildEither(first part: Fragment) -> Fragment { part }
  package static func buildEither(second part: Fragment) -> Fragment { part }
}
