import Cryo
import Files
import Platform
import Points
import Volumes

/// What the page shows, from the record and the tables.
extension RunReport {
  /// What was pointed at, and what it was called.
  static func prompts(_ record: JSON, in tomogram: Tomogram) -> [(point: VoxelPoint, name: String?)] {
    let names = record["classes"]?.array?.map(\.string) ?? []
    return (record["points_xyz"]?.array ?? []).enumerated().compactMap { number, point in
      let place = point.array?.compactMap(\.double) ?? []
      guard place.count == 3, tomogram.geometry.contains(x: place[0], y: place[1], z: place[2]) else {
        return nil
      }
      let name = number < names.count ? names[number] : nil
      return (VoxelPoint(x: place[0], y: place[1], z: place[2]), name)
    }
  }

  /// The kinds that were looked for, in their order in the record; one without a name if finds were not judged.
  static func sought(_ record: JSON, in tomogram: Tomogram) -> [Sought] {
    let prompts = prompts(record, in: tomogram)
    guard let kinds = record["judgement"]?.array, !kinds.isEmpty else {
      let counts = record["counts"]
      let particles = counts?["prompted_particles"]?.int ?? 0
      let voxels = counts?["prompted_voxels"]?.double.map { $0 / Double(max(1, particles)) }
      return [
        Sought(
          name: nil, number: 1, prompts: prompts.map(\.point), voxels: particles > 0 ? voxels : nil,
          threshold: nil)
      ]
    }
    return kinds.enumerated().compactMap { index, kind in
      guard kind["wanted"]?.bool ?? true else { return nil }
      let name = kind["kind"]?.string
      return Sought(
        name: name, number: index + 1, prompts: prompts.filter { $0.name == name }.map(\.point),
        voxels: kind["voxels"]?.double.flatMap { $0 > 0 ? $0 : nil }, threshold: kind["threshold"]?.double)
    }
  }

  /// The picks in the table at `path`, with what else is known of them.
  static func picks(
    _ path: String, _ found: FindTable?, _ measures: LabelMeasures, _ kinds: [Sought], in tomogram: Tomogram
  ) throws -> [Finding] {
    let table = try PointTable(path)
    // The nth pick among the finds has label n.
    let finds = found.map { zip($0.finds, $0.isPick).filter(\.1).map(\.0) } ?? []
    return zip(try table.voxels(table.entries, tomogram.geometry), table.entries).enumerated().map {
      number, row in
      let (point, entry) = row
      let label = entry.label ?? number + 1
      let find = finds.indices.contains(label - 1) ? finds[label - 1] : nil
      let kind = find?.kind ?? kinds.firstIndex { $0.name == entry.className } ?? 0
      let voxels = measures.labels[label]?.voxels ?? 0
      let clicked = kinds.indices.contains(kind) ? kinds[kind].voxels : nil
      return Finding(
        label: label, point: point, score: entry.score ?? find?.score.total,
        size: find.map { exp($0.score.size) } ?? clicked.map { Double(voxels) / $0 }, voxels: voxels,
        kind: kind)
    }
  }
}

extension RunReport.Finding {
  /// A find that is no pick.
  init(_ find: Find) {
    self.init(
      label: nil, point: find.measures.centroid, score: find.score.total, size: exp(find.score.size),
      voxels: find.measures.voxels, kind: find.kind, isUnwanted: find.unwanted != nil, mask: find.mask)
  }
}
