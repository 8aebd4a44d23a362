import Files
import Markup

extension RunReport {
  /// The page.
  ///
  /// - Throws: `Failure` if there is no memory for a picture.
  public func html() throws -> String {
    let name = tomogram.tableName
    return try Page(
      "CryoSAM: \(name)", style: [.page, .marks, .chart], heading: name, lead: lead()
    ) {
      try HTML.section("Slices") {
        legend()
        try centralSlices()
      }
      try HTML.section("Contact sheet") { try contactSheet() }
      if let truth {
        HTML.section("Against the truth") {
          HTML.box("pair") {
            if let curve = precisionRecall() { curve }
            element("div") { truth.figures.blocks.map { HTML.table($0) } }
          }
        }
      }
      try HTML.section("Similarity, level by level") { try similarityMaps() }
      HTML.section("Scores") { histogram() }
      HTML.section("Counts and times") {
        HTML.box("pair") {
          counts()
          times()
        }
      }
      HTML.section("Parameters") { HTML.table(Self.rows(record["parameters"])) }
      HTML.section("Inputs") { inputs() }
      HTML.section("Coordinates") { coordinates() }
    }.text
  }

  @FragmentBuilder private func lead() -> Fragment {
    element("b") { Self.count(picks.count, "particle") }
    if !kindCounts.isEmpty { " (\(kindCounts))" }
    " from \(finds.isEmpty ? Self.count(proposals.count, "proposal") : Self.count(finds.count, "find")), "
    Self.count(prompts.count, "prompt")
    if let matching = truth?.evaluation.matching, let radius = truth?.radius {
      "; F1 \(decimal(matching.f1, places: 3)) within \(radius)."
    } else {
      "."
    }
  }

  /// `30 ribosome, 12 proteasome`; empty if there is one kind without a name.
  private var kindCounts: String {
    Self.kinds(record).map { "\($0.picks) \($0.name)" }.joined(separator: ", ")
  }

  private static func count(_ number: Int, _ one: String) -> String {
    "\(number) \(one)\(number == 1 ? "" : "s")"
  }

  private func counts() -> Fragment {
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

  private func times() -> Fragment {
    let seconds = (record["performance"]?["seconds"]?.object?.members ?? []).compactMap { member in
      member.value.double.map { (name: member.key, value: $0) }
    }
    var rows = seconds.map { (name: $0.name, value: "\(decimal($0.value, places: 1)) s") }
    rows.append(("together", "\(decimal(seconds.reduce(0) { $0 + $1.value }, places: 1)) s"))
    let rest = (record["performance"]?.object?.members ?? []).filter { $0.value.object == nil }
    return HTML.table(rows + rest.map { (Self.words($0.key), Self.text($0.value)) })
  }

  private func inputs() -> Fragment {
    let files = (record["inputs"]?.object?.members ?? []).map { member in
      let path = member.value["path"]?.string ?? ""
      let hash = member.value["sha256"]?.string ?? ""
      return (name: member.key, value: "\(path) (SHA-256 \(hash.prefix(16))...)")
    }
    let command = (record["command"]?.array ?? []).compactMap(\.string).joined(separator: " ")
    return HTML.table(
      files + [("command", command), ("version", "cryosam \(record["version"]?.string ?? "unknown")")])
  }

  private func coordinates() -> Fragment {
    element("p") {
      "Points are (x, y, z) in voxels of the tomogram, counted from 0: the centre of the first voxel is (0, 0, 0). "
      "Programs that count from 1 differ by one voxel; those that put the origin at the corner of the first voxel, by "
      "half a voxel. "
      element("code") { "picks.star" }
      " follows RELION 3's columns."
    }.line
  }

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
