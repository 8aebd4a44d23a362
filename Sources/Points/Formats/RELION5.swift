import Files
import Volumes

/// RELION 5's particles: Angstroms from the middle of the tomogram.
///
/// `particles.star` alone can be read where `tomograms.star` is known; `optimisation_set.star` names both. For RELION's
/// import job there is `import.star`, which lists a text for each tomogram with pixels of the tilt series without
/// binning: the job takes them with its usual factor 1 and offset 0. Angles are left out: they are not known.
/// Source: `ParticleSet`, `OptimisationSet` and `tomo_import_coordinates.cpp` of RELION 5.0.1.
enum RELION5 {
  /// What RELION calls a file of particles.
  static let particles = "particles.star"

  /// What files beside the particles `main` begin with; nothing if those are called as RELION calls them.
  private static func prefix(_ main: String) -> String {
    main == particles ? "" : Path.stem(main, without: [".star"]) + "-"
  }

  private static func set(_ main: String) -> String { prefix(main) + "optimisation_set.star" }

  private static func list(_ main: String) -> String { prefix(main) + "import.star" }

  /// The text of the tomogram `name`; of the only one if nil.
  private static func text(_ main: String, of name: String?) -> String {
    prefix(main) + (name.map { "import_\($0).txt" } ?? "import.txt")
  }

  /// All files of one tomogram's particles `main`.
  static func names(of main: String) -> [String] { [main, set(main), list(main), text(main, of: nil)] }

  static func files(_ tables: [PickTable], _ names: PickNames) -> PickFiles {
    let numbers = KindNumbers(tables)
    var files = PickFiles(names.main, particles(tables, numbers))
    if let tomograms = tables.lazy.compactMap({ $0.series?.path }).first {
      files.add(
        set(names.main),
        STARWriter.values(
          block: "",
          [
            ("rlnTomoParticlesFile", names.path(names.main)), ("rlnTomoTomogramsFile", tomograms),
          ]))
    }
    var list = STARWriter(
      block: "", columns: ["rlnTomoName", "rlnTomoImportParticleFile", "rlnTomoTiltSeriesPixelSize"])
    for table in tables {
      let name = text(names.main, of: tables.count == 1 ? nil : table.name)
      list.add(
        [STARWriter.quoted(names.path(name)), "\(table.unbinnedPixelSize)"],
        lead: STARWriter.quoted(table.seriesName), width: 13)
      let rows = table.picks.map {
        PickTable.coordinates($0.position.position * table.binning, places: 6).joined(separator: " ")
      }
      files.add(name, rows.map { $0 + "\n" }.joined())
    }
    files.add(Self.list(names.main), list.file)
    files.notes = numbers.notes + tables.binningNotes
    return files
  }

  private static func particles(_ tables: [PickTable], _ numbers: KindNumbers) -> String {
    let (haveKinds, haveScores) = (tables.haveKinds, tables.haveScores)
    var star = STARWriter(
      block: "particles",
      columns: ["rlnTomoName"] + ["X", "Y", "Z"].map { "rlnCenteredCoordinate\($0)Angst" }
        + (haveScores ? ["rlnAutopickFigureOfMerit"] : []) + (haveKinds ? ["rlnClassNumber"] : []))
    for table in tables {
      for pick in table.picks {
        star.add(
          PickTable.coordinates(table.centredAngstroms(pick), places: 6)
            + (haveScores ? [PickTable.number(pick.figureOfMerit ?? 0)] : [])
            + (haveKinds ? ["\(numbers[pick.kind])"] : []),
          lead: STARWriter.quoted(table.seriesName), width: 16)
      }
    }
    return star.file
  }
}

extension PickTable {
  /// By what RELION knows of the tomogram, or else by its own size and voxel size.
  fileprivate func centredAngstroms(_ pick: Pick) -> SIMD3<Double> {
    let voxel = pick.position.position
    if let place = series?.centredAngstroms(voxel: voxel, voxelSize: voxelSize?.x) { return place }
    guard let geometry, let voxelSize else { return voxel }
    return (voxel - geometry.middle) * voxelSize
  }
}

extension Geometry {
  /// RELION 5's middle: half the size, that of an odd size not rounded.
  var middle: SIMD3<Double> { SIMD3(Double(width), Double(height), Double(depth)) / 2 }

  /// EMAN2's middle: half the size, rounded down.
  var roundedMiddle: SIMD3<Double> { SIMD3(Double(width / 2), Double(height / 2), Double(depth / 2)) }
}
