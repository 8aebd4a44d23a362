/// The files of the page, which the build puts into the program.
struct WebFile: Sendable {
  let bytes: [UInt8]
  let type: String

  /// The file that is asked for by `name`; nil if there is none. The page itself has the empty name.
  static func named(_ name: String) -> WebFile? {
    switch name {
    case "": WebFile(bytes: PackageResources.index_html, type: "text/html; charset=utf-8")
    case "style.css": WebFile(bytes: PackageResources.style_css, type: "text/css; charset=utf-8")
    case "main.js": script(PackageResources.main_js)
    case "api.js": script(PackageResources.api_js)
    case "views.js": script(PackageResources.views_js)
    case "masks.js": script(PackageResources.masks_js)
    case "gallery.js": script(PackageResources.gallery_js)
    case "histogram.js": script(PackageResources.histogram_js)
    case "solid.js": script(PackageResources.solid_js)
    default: nil
    }
  }

  /// The files of the list of several tomograms.
  static func ofList(named name: String) -> WebFile? {
    switch name {
    case "": WebFile(bytes: PackageResources.list_html, type: "text/html; charset=utf-8")
    case "list.js": script(PackageResources.list_js)
    case "style.css": named(name)
    default: nil
    }
  }

  private static func script(_ bytes: [UInt8]) -> WebFile {
    WebFile(bytes: bytes, type: "text/javascript; charset=utf-8")
  }
}
