import Files

/// RELION 4's particles: pixels of the tilt series without binning, whose size is in the table of optics groups.
///
/// Source: `ParticleSet::getPosition` of RELION 4: no shift by one. Angles are left out: they are not known.
enum RELION4 {
  static func files(_ tables: [PickTable], _ names: PickNames) -> PickFiles {
    let numbers = KindNumbers(tables)
    let (haveKinds, haveScores) = (tables.haveKinds, tables.haveScores)
    let sizes = tables.map(\.unbinnedPixelSize)
    var groups: [Double] = []
    for size in sizes where !groups.contains(size) { groups.append(size) }
    var optics = STARWriter(
      block: "optics", columns: ["rlnOpticsGroup", "rlnOpticsGroupName", "rlnTomoTiltSeriesPixelSize"])
    for (index, size) in groups.enumerated() {
      optics.add(["\(index + 1)", "opticsGroup\(index + 1)", "\(size)"], width: 13)
    }
    var star = STARWriter(
      block: "particles",
      columns: ["rlnTomoName", "rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"]
        + (haveScores ? ["rlnAutopickFigureOfMerit"] : []) + (haveKinds ? ["rlnClassNumber"] : [])
        + ["rlnOpticsGroup"])
    for (table, size) in zip(tables, sizes) {
      let group = (groups.firstIndex(of: size) ?? 0) + 1
      for pick in table.picks {
        star.add(
          PickTable.coordinates(pick.position.position * table.binning, places: 6)
            + (haveScores ? [PickTable.number(pick.figureOfMerit ?? 0)] : [])
            + (haveKinds ? ["\(numbers[pick.kind])"] : []) + ["\(group)"],
          lead: STARWriter.quoted(table.seriesName), width: 16)
      }
    }
    var files = PickFiles(names.main, optics.file + star.file)
    files.notes = numbers.notes + tables.binningNotes
    return files
  }
}

extension PickTable {
  /// What RELION calls the tomogram.
  var seriesName: String { series?.name ?? name }

  /// How many pixels of the tilt series a voxel is wide; 1 if that is not known.
  var binning: Double { series?.binning(voxelSize: voxelSize?.x) ?? 1 }

  /// Angstroms, of a pixel of the tilt series; of a voxel if no series is known.
  var unbinnedPixelSize: Double { series?.pixelSizeAngstroms ?? voxelSize?.x ?? 1 }
}

extension [PickTable] {
  /// That voxels were taken for pixels of the tilt series.
  var binningNotes: [String] {
    contains { $0.series == nil }
      ? [
        "no tomograms.star is known: voxels were taken as pixels of the tilt series without binning (--tomograms)"
      ]
      : []
  }
}
