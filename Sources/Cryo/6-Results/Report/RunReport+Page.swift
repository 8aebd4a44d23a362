import CommandLineKit
import Files

extension RunReport {
  /// The page.
  ///
  /// - Throws: `Failure` if there is no memory for a picture.
  public func html() throws -> String {
    let name = HTML.escaped(tomogram.tableName)
    var sections = [
      ("Slices", try legend() + centralSlices()),
      ("Contact sheet", try contactSheet()),
    ]
    if let truth {
      let tables = truth.figures.blocks.map { HTML.table($0) }.joined()
      sections.append(
        ("Against the truth", "<div class=\"pair\">\(precisionRecall() ?? "")<div>\(tables)</div></div>\n"))
    }
    sections += [
      ("Similarity, level by level", try similarityMaps()), ("Scores", histogram()),
      ("Counts and times", "<div class=\"pair\">\(counts())\(times())</div>\n"),
      ("Parameters", HTML.table(Self.rows(record["parameters"]))),
      ("Inputs", inputs()), ("Coordinates", Self.coordinates),
    ]
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>CryoSAM: \(name)</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <main>
      <h1>\(name)</h1>
      <p class="lead">\(lead())</p>
      \(sections.map { "<section>\n<h2>\($0.0)</h2>\n\($0.1)</section>\n" }.joined())</main>
      </body>
      </html>

      """
  }

  private func lead() -> String {
    func count(_ number: Int, _ one: String) -> String { "\(number) \(one)\(number == 1 ? "" : "s")" }
    let found =
      "<b>\(count(picks.count, "particle"))</b> from \(count(proposals.count, "proposal")), "
      + "\(count(prompts.count, "prompt"))"
    guard let matching = truth?.evaluation.matching, let radius = truth?.radius else { return found + "." }
    return found + "; F1 \(decimal(matching.f1, places: 3)) within \(radius)."
  }

  private func counts() -> String {
    let geometry = tomogram.geometry
    let size = geometry.voxelSizeAngstroms
    var rows = [("size", "\(geometry.width) x \(geometry.height) x \(geometry.depth) voxels (x, y, z)")]
    rows.append(
      (
        "voxel size",
        geometry.hasVoxelSize
          ? "\([size.x, size.y, size.z].map { decimal($0, places: 3) }.joined(separator: " x ")) A"
          : "unknown"
      ))
    return HTML.table(rows.map { (name: $0.0, value: $0.1) } + Self.rows(record["counts"]))
  }

  private func times() -> String {
    let seconds = (record["performance"]?["seconds"]?.object?.members ?? []).compactMap { member in
      member.value.double.map { (name: member.key, value: $0) }
    }
    var rows = seconds.map { (name: $0.name, value: "\(decimal($0.value, places: 1)) s") }
    rows.append(("together", "\(decimal(seconds.reduce(0) { $0 + $1.value }, places: 1)) s"))
    let rest = (record["performance"]?.object?.members ?? []).filter { $0.value.object == nil }
    return HTML.table(rows + rest.map { (Self.words($0.key), Self.text($0.value)) })
  }

  private func inputs() -> String {
    let files = (record["inputs"]?.object?.members ?? []).map { member in
      let path = member.value["path"]?.string ?? ""
      let hash = member.value["sha256"]?.string ?? ""
      return (name: member.key, value: "\(path) (SHA-256 \(hash.prefix(16))...)")
    }
    let command = (record["command"]?.array ?? []).compactMap(\.string).joined(separator: " ")
    return HTML.table(
      files + [("command", command), ("version", "cryosam \(record["version"]?.string ?? "unknown")")])
  }

  private static let coordinates = """
    <p>Points are (x, y, z) in voxels of the tomogram, counted from 0: the centre of the first voxel is (0, 0, 0). \
    Programs that count from 1 differ by one voxel; those that put the origin at the corner of the first voxel, by \
    half a voxel. <code>picks.star</code> follows RELION 3's columns.</p>

    """

  private static func rows(_ object: JSON?) -> [(name: String, value: String)] {
    (object?.object?.members ?? []).map { (words($0.key), text($0.value)) }
  }

  private static func words(_ key: String) -> String { key.replacing("_", with: " ") }

  private static func text(_ value: JSON) -> String {
    switch value {
    case .string(let text): text
    case .bool(let bool): bool ? "yes" : "no"
    case .array(let elements): elements.map(text).joined(separator: ", ")
    default: value.text
    }
  }
}
