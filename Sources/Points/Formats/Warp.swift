import Files

/// Picks for Warp and M: voxels from the centre of the first one, or fractions of the sides as its template matching
/// writes them, and the tilt series' `.tomostar` for a name.
///
/// Export with `--coords_angpix` and this voxel size, or with `--normalized_coords`. Angles are left out: they are not known.
enum Warp {
  static func files(_ tables: [PickTable], _ names: PickNames, normalized: Bool) -> PickFiles {
    let haveScores = tables.haveScores
    let numbers = KindNumbers(tables)
    let haveKinds = tables.haveKinds
    let havePixels = !normalized && tables.allSatisfy { $0.voxelSize != nil }
    var star = STARWriter(
      block: "",
      columns: ["rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ", "rlnMicrographName"]
        + (haveScores ? ["rlnAutopickFigureOfMerit"] : []) + (havePixels ? ["rlnPixelSize"] : [])
        + (haveKinds ? ["rlnClassNumber"] : []))
    for table in tables {
      let sides = table.geometry.map { $0.middle * 2 } ?? table.series?.geometry.map { $0.middle * 2 }
      for pick in table.picks {
        let place = pick.position.position
        let shown =
          normalized
          ? PickTable.coordinates(place / (sides ?? SIMD3(repeating: 1)), places: 10)
          : PickTable.coordinates(place)
        star.add(
          shown + [STARWriter.quoted(table.seriesName + ".tomostar")]
            + (haveScores ? [PickTable.number(pick.figureOfMerit ?? 0)] : [])
            + (havePixels ? ["\(table.voxelSize?.x ?? 0)"] : [])
            + (haveKinds ? ["\(numbers[pick.kind])"] : []), width: 13)
      }
    }
    var files = PickFiles(names.main, star.file)
    files.notes = numbers.notes
    return files
  }
}
