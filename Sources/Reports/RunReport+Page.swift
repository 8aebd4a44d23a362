import Files
import Markup

extension RunReport {
  /// The page.
  ///
  /// - Throws: `Failure` if there is no memory for a picture.
  public func html() throws -> String {
    let name = tomogram.tableName
    return try Page(
      "CryoSAM: \(name)", style: [.page, .marks, .chart, .report], heading: name, lead: lead()
    ) {
      HTML.yUpwards("y upwards, as 3dmod shows slices")
      try HTML.section("Clicked and found") { try gallery() }
      HTML.section("Scores and sizes") {
        HTML.box("pair") {
          element("div") { scores() }
          element("div") { sizes() }
        }
      }
      if let truth {
        HTML.section("Against the truth") {
          HTML.box("pair") {
            if let curve = precisionRecall() { curve }
            element("div") { truth.figures.blocks.map { HTML.table($0) } }
          }
        }
      }
      try HTML.section("Slices") {
        legend()
        try centralSlices()
      }
      try HTML.section("Contact sheet") { try contactSheet() }
      if !picks.isEmpty { HTML.section("Picks") { pickTable() } }
      try HTML.section("Similarity, level by level") { try similarityMaps() }
      HTML.section("Counts") { counts() }
      HTML.section("Parameters") { HTML.table(Self.rows(record["parameters"])) }
      HTML.section("Inputs") { inputs() }
      HTML.section("Coordinates") { coordinates() }
    }.text
  }

  @FragmentBuilder private func lead() -> Fragment {
    element("b") { Self.count(picks.count, "particle") }
    if !kindCounts.isEmpty { " (\(kindCounts))" }
    let found = picks.count + others.count
    " from \(isJudged ? Self.count(found, "find") : Self.count(proposals.count, "proposal")), "
    Self.count(prompts.count, "prompt")
    if let matching = truth?.evaluation.matching, let radius = truth?.radius {
      "; F1 \(decimal(matching.f1, places: 3)) within \(radius)."
    } else {
      "."
    }
  }

  /// `30 ribosome, 12 proteasome`; empty if there is one kind without a name.
  private var kindCounts: String {
    kinds.indices.compactMap { number in
      kinds[number].name.map { name in "\(picks.count { $0.kind == number }) \(name)" }
    }.joined(separator: ", ")
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

  private func inputs() -> Fragment {
    let files = (record["inputs"]?.object?.members ?? []).map { member in
      let path = member.value["path"]?.string ?? ""
      let hash = member.value["sha256"]?.string ?? ""
      return (name: member.key, value: "\(path) (SHA-256 \(hash.prefix(16))...)")
    }
    return Fragment {
      HTML.table(files + [("version", "cryosam \(record["version"]?.string ?? "unknown")")])
      element("p") {
        "The command, and what it took, are in "
        element("code") { "run.json" }
        ": this page is the same for any number of threads, and when the run is repeated."
      }.line
    }
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
