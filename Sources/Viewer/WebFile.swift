import CPages

/// The files of the page, which the build puts into the program.
struct WebFile: Sendable {
  let bytes: [UInt8]
  let type: String

  /// The file that is asked for by `name`; nil if there is none. The page itself has the empty name.
  static func named(_ name: String) -> WebFile? {
    switch name {
    case "": WebFile("index.html", "text/html")
    case "style.css": WebFile(name, "text/css")
    case "main.js", "api.js", "views.js", "masks.js", "gallery.js", "histogram.js", "solid.js": script(name)
    default: nil
    }
  }

  /// The files of the list of several tomograms.
  static func ofList(named name: String) -> WebFile? {
    switch name {
    case "": WebFile("list.html", "text/html")
    case "list.js": script(name)
    case "style.css": named(name)
    default: nil
    }
  }

  private static func script(_ name: String) -> WebFile? { WebFile(name, "text/javascript") }

  private init?(_ name: String, _ type: String) {
    let file = page_file("Web/\(name)")
    guard let bytes = file.bytes else { return nil }
    self.bytes = Array(UnsafeBufferPointer(start: bytes, count: file.count))
    self.type = "\(type); charset=utf-8"
  }
}
