import Files
import Platform

extension Project {
  /// Writes `project.yaml`, making the folder if need be.
  ///
  /// - Throws: `Failure` if there is one already, unless `force`, or it cannot be written.
  public func write(force: Bool) throws {
    let path = Self.file(in: folder)
    guard force || access(path, F_OK) != 0 else {
      throw Failure(
        .cannotCreate, path: path, "is there already",
        remedy: "give another folder, edit this file, or use --force to write it anew")
    }
    try Folder.make(folder)
    try AtomicFile.write(Array(text.utf8), to: path)
  }

  /// The file.
  package var text: String {
    var lines = [
      "# A project of cryosam: 'cryosam project run' on this folder does what is missing.",
      "# Paths that do not begin with a slash are meant from this folder. This file may be edited: what a change concerns",
      "# is done again.", "", "weights:",
    ]
    for (name, weights) in [("dino", dino), ("sam", sam)] {
      guard let weights else { continue }
      lines.append("  \(name): \(YAML.scalar(weights.path))")
      lines.append("  \(name)_sha256: \(YAML.scalar(weights.sha256))")
    }
    if let copick { lines += [""] + Self.lines(copick) }
    if let query { lines += ["", "query: \(YAML.scalar(query))"] }
    lines += ["", "# Options of 'cryosam segment', with underscores: similarity: 0.4", "settings:"]
    lines += settings.values.map { name, value in
      "  \(name): \(ProjectSettings.flags.contains(name) ? value : YAML.scalar(value))"
    }
    lines += [
      "", "# Encoded slices when a tomogram is done: keep or discard.",
      "slices: \(keepsSlices ? "keep" : "discard")",
    ]
    lines += ["", "tomograms:"] + subjects.flatMap(Self.lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ copick: CopickSource) -> [String] {
    [
      "# Tomograms with a run are of this copick project; picks and masks go into its overlay too.",
      "copick:",
      "  config: \(YAML.scalar(copick.config))", "  tomo_type: \(YAML.scalar(copick.type))",
      "  voxel_spacing: \(copick.spacing)", "  user: \(YAML.scalar(copick.user))",
      "  session: \(YAML.scalar(copick.session))",
    ] + (copick.object.map { ["  object: \(YAML.scalar($0))"] } ?? [])
  }

  private static func lines(_ subject: Subject) -> [String] {
    var lines = ["  - name: \(YAML.scalar(subject.name))", "    path: \(YAML.scalar(subject.path))"]
    if let run = subject.run { lines.append("    run: \(YAML.scalar(run))") }
    if let size = subject.size { lines.append("    size: [\(size.x), \(size.y), \(size.z)]") }
    if let size = subject.voxelSize { lines.append("    voxel_size: \(size)") }
    if !subject.points.isEmpty {
      lines += ["    points:"] + subject.points.map { "      - \(YAML.scalar($0))" }
    }
    return lines
  }
}
