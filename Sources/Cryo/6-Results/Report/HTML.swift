import FoundationEssentials
import Images

/// Pieces of a page.
package enum HTML {
  /// `text` as HTML and SVG show it: names and command lines may hold anything.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\u{0}"..<" ", "\u{7F}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `image` as a PNG inside an address.
  static func address(_ image: RGBImage) throws -> String {
    let bytes = try PNGFile.encode(image)
    return "data:image/png;base64," + Data(bytes).base64EncodedString()
  }

  /// A table of two columns; both are escaped.
  static func table(_ rows: [(name: String, value: String)]) -> String {
    let lines = rows.map { "<tr><th>\(escaped($0.name))</th><td>\(escaped($0.value))</td></tr>\n" }
    return "<div class=\"scroll\"><table>\n\(lines.joined())</table></div>\n"
  }

  static func figure(_ content: String, _ caption: String) -> String {
    "<figure>\(content)<figcaption>\(caption)</figcaption></figure>\n"
  }
}
