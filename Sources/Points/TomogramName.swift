import Files
import Volumes

/// The name of a tomogram without what programs add to it: folders, extensions, Warp's pixel size, RELION's prefix.
///
/// `tomo/rec_TS_01_10.00Apx.mrc`, `TS_01.mrc.tomostar` and `TS_01` are the same.
struct TomogramName: Equatable {
  let stem: String

  private static let extensions = [
    ".gz", ".bz2", ".ome", ".tomostar", ".mrcs", ".mrc", ".map", ".rec", ".ali", ".st", ".star", ".xml",
    ".zarr",
  ]

  /// What programs append to a tilt series' name when they make tomograms of it.
  private static let endings = [
    "_rec", "_recon", "_vol", "_full", "_half", "_half1", "_half2", "_even", "_odd", "_evn", "_ali",
    "_aligned",
    "_filtered", "_filt", "_denoised", "_deconv", "_corrected", "_ctf", "_wbp", "_sirt", "_flip", "_rot",
    "_flipx",
    "_rotx", "_bin1", "_bin2", "_bin4", "_bin6", "_bin8", "_b4", "_b8", "_imod",
  ]

  init(_ name: String) {
    // What a table cannot hold (`STARWriter.quoted`).
    var stem = Substring(String(name.map { STARWriter.canHold($0) ? $0 : "_" }))
    while stem.last == "/" { stem.removeLast() }
    if let slash = stem.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
      stem = stem[stem.index(after: slash)...]
    }
    stem = Self.without(Self.extensions, stem)
    if stem.hasPrefix("rec_"), stem.count > 4 { stem = stem.dropFirst(4) }
    self.stem = String(stem)
  }

  /// The name of the tilt series, as far as can be told: without what programs append.
  var series: String { String(Self.without(Self.endings + Self.extensions, stem[...])) }

  /// `name` without `endings` and Warp's pixel sizes, one after another, as long as something remains.
  private static func without(_ endings: [String], _ name: Substring) -> Substring {
    var name = name
    while true {
      if let ending = endings.first(where: { name.lowercased().hasSuffix($0) }), name.count > ending.count {
        name.removeLast(ending.count)
      } else if name.hasSuffix("Apx"), let underscore = name.lastIndex(of: "_"), underscore > name.startIndex,
        Double(name[name.index(after: underscore)...].dropLast(3)) != nil
      {
        name = name[..<underscore]
      } else {
        return name
      }
    }
  }
}

extension PointTable {
  /// The names in the table that mean the tomogram `name` (a path or a bare name): those that are the same but for
  /// folders, extensions and the like, or else those of the same tilt series.
  ///
  /// - Throws: `Failure` when several tomograms of the table may be this one.
  func names(of name: String) throws -> Set<String> {
    let wanted = TomogramName(name)
    let named = micrographs.map { (text: $0, name: TomogramName($0)) }
    let same = named.filter { $0.text == name || $0.name == wanted }
    if !same.isEmpty { return Set(same.map(\.text)) }
    let series = named.filter { $0.name.series == wanted.series }
    let stems = Set(series.map(\.name.stem))
    guard stems.count <= 1 else {
      throw Failure(
        .badData, path: path,
        "several of its tomograms may be \(wanted.stem): \(stems.sorted().prefix(3).joined(separator: ", "))",
        remedy: "say which with --tomogram-name")
    }
    return Set(series.map(\.text))
  }

  /// The entries on the tomogram `name`; those that name none are on every tomogram.
  ///
  /// - Throws: as `names(of:)`.
  func entries(on name: String) throws -> [Entry] {
    let names = try names(of: name)
    return entries.filter { $0.micrograph.map(names.contains) ?? true }
  }

  /// Whether any of its points is on the tomogram `name`.
  ///
  /// - Throws: `Failure` when several tomograms of the table may be this one.
  public func hasPoints(on name: String) throws -> Bool { try !entries(on: name).isEmpty }

  /// What was taken for granted to find the entries on the tomogram `name`.
  public func remarks(onName name: String) -> [String] {
    let wanted = TomogramName(name)
    guard let other = (try? names(of: name))?.sorted().first, other != name, TomogramName(other) != wanted
    else {
      return []
    }
    return ["its tomogram \(other) was taken for \(wanted.stem) (--tomogram-name says otherwise)"]
  }

  func noneKept(_ name: String) -> Failure {
    guard !entries.isEmpty else {
      return Failure(.badData, path: path, "holds no points", remedy: "give a table with at least one point")
    }
    let named = micrographs
    let shown =
      named.prefix(3).joined(separator: ", ") + (named.count > 3 ? " and \(named.count - 3) more" : "")
    return Failure(
      .badData, path: path,
      "none of its \(entries.count) points is on the tomogram \(TomogramName(name).stem); it names \(shown)",
      remedy: "say which of them it is with --tomogram-name")
  }
}

extension Tomogram {
  /// The tomogram's name in tables.
  public var tableName: String { name }
}
