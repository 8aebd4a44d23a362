import Files
import Volumes

extension PointTable {
  /// The points of one tomogram as picks, to be written in another format.
  ///
  /// Points outside of the tomogram are kept. Labels and radii become columns of the tables that have such.
  ///
  /// - Parameters:
  ///   - entries: those of the tomogram.
  ///   - name: what tables will call it.
  ///   - geometry: nil if it is not known; coordinates then stay pixels of the size that the table states.
  ///   - voxelSize: Angstroms, of a tomogram whose geometry is not known.
  ///   - series: what RELION knows of it.
  /// - Throws: `Failure` if coordinates are of a kind that needs what is not known.
  public func picks(
    _ entries: [Entry], named name: String, geometry: Geometry?, voxelSize: Double? = nil,
    series: TiltSeries? = nil
  ) throws -> (table: PickTable, notes: [String]) {
    let frame = Frame(geometry, voxelSizeAngstroms: voxelSize)
    let points = try voxels(entries, frame)
    // Of all tomograms' points, so that their picks have the same columns.
    let (haveLabels, haveRadii) = (
      self.entries.contains { $0.label != nil }, self.entries.contains { $0.radius != nil }
    )
    let picks = zip(points, entries).map { point, entry in
      let radius = radius(entry, frame)
      return Pick(
        position: point, figureOfMerit: entry.score,
        extras: (haveLabels ? [Double(entry.label ?? 0)] : []) + (haveRadii ? [radius ?? 0] : []),
        kind: entry.className, label: entry.label.flatMap { $0 > 0 ? $0 : nil }, radius: radius)
    }
    let table = PickTable(
      micrograph: name,
      pixelSizeAngstroms: geometry?.pixelSizeAngstroms ?? voxelSize ?? entries.statedPixelSize,
      extraColumns: (haveLabels ? ["cryosamInstance"] : [])
        + (haveRadii ? [ParticleSizeColumn.radius] : []),
      picks: picks, geometry: geometry, series: series)
    return (table, remarks(entries, frame, of: "the tomogram") + (geometry?.remarks(onPicks: points) ?? []))
  }

  /// The entries of each tomogram that the table names; those that name none are on the tomogram `other`.
  public func byTomogram(orElse other: String) -> [(name: String, entries: [Entry])] {
    var names: [String] = []
    var groups: [String: [Entry]] = [:]
    for entry in entries {
      let name = entry.micrograph ?? other
      if groups[name] == nil { names.append(name) }
      groups[name, default: []].append(entry)
    }
    return names.map { ($0, groups[$0] ?? []) }
  }

  /// The entries on the tomogram `name`; those that name none are on every tomogram.
  ///
  /// - Throws: `Failure` if there are none, or several tomograms of the table may be this one.
  public func known(on name: String) throws -> [Entry] {
    let kept = try entries(on: name)
    guard !kept.isEmpty else { throw noneKept(name) }
    return kept
  }
}

extension [PointTable.Entry] {
  /// The pixel size that all of them state.
  fileprivate var statedPixelSize: Double? {
    guard let size = first?.pixelSize, allSatisfy({ $0.pixelSize == size }) else { return nil }
    return size
  }
}

extension Geometry {
  /// What to say of picks outside.
  fileprivate func remarks(onPicks points: [VoxelPoint]) -> [String] {
    if let remark = remark(onPoints: points) { return [remark] }
    let outside = points.count { !contains(x: $0.x, y: $0.y, z: $0.z) }
    return outside == 0 ? [] : ["\(outside) of its \(points.count) points lie outside of the tomogram"]
  }
}
