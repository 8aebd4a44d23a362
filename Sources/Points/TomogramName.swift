import Files
import Volumes

/// The name of a tomogram without what programs add to it: folders, extensions, Warp's pixel size, RELION's prefix.
///
/// `tomo/rec_TS_01_10.00Apx.mrc`, `TS_01.tomostar` and `TS_01` are the same.
struct TomogramName: Equatable {
  let stem: String

  private static let extensions = [
    ".gz", ".bz2", ".tomostar", ".mrcs", ".mrc", ".map", ".rec", ".ali", ".st", ".star", ".xml", ".zarr",
  ]

  init(_ name: String) {
    var stem = Substring(name)
    while stem.last == "/" { stem.removeLast() }
    if let slash = stem.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
      stem = stem[stem.index(after: slash)...]
    }
    while let ending = Self.extensions.first(where: { stem.lowercased().hasSuffix($0) }),
      stem.count > ending.count
    {
      stem.removeLast(ending.count)
    }
    if stem.hasSuffix("Apx"), let underscore = stem.lastIndex(of: "_"),
      Double(stem[stem.index(after: underscore)...].dropLast(3)) != nil
    {
      stem = stem[..<underscore]
    }
    if stem.hasPrefix("rec_"), stem.count > 4 { stem = stem.dropFirst(4) }
    self.stem = String(stem)
  }
}

extension Tomogram {
  /// The tomogram's name in tables: its file's, without folders.
  public var tableName: String {
    path.map(Path.name) ?? "tomogram"
  }
}
