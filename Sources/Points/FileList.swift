import Files
import Platform

/// A STAR file that names others with points: RELION 5's `optimisation_set.star`, or the list of its import job.
///
/// Paths are those of RELION's project folder, which need not be where the program runs: what is not found there is looked
/// for in the list's folder and those above it.
struct FileList {
  private let place: String
  private let particles: [(file: String, tomogram: String?, pixelSize: Double?)]
  private let tomograms: String?
  /// Whether it is the list of the import job, whose files hold pixels of the tilt series.
  private let isImport: Bool

  private static let (set, list) = ("rlnTomoParticlesFile", "rlnTomoImportParticleFile")

  /// Nil if `star`, at `path`, names none.
  init?(_ star: STARFile, at path: String) throws {
    place = path
    if let block = star.blocks.first(where: { $0.column(Self.set) != nil }),
      let column = block.column(Self.set), block.rowCount > 0
    {
      particles = [(star.value(block, row: 0, column: column), nil, nil)]
      tomograms = block.column("rlnTomoTomogramsFile").map { star.value(block, row: 0, column: $0) }
      isImport = false
    } else if let block = star.blocks.first(where: { $0.column(Self.list) != nil }),
      let column = block.column(Self.list)
    {
      let (name, size) = (block.column("rlnTomoName"), block.column("rlnTomoTiltSeriesPixelSize"))
      particles = try (0..<block.rowCount).map { row in
        let pixelSize = try size.map { size in
          try finiteNumber(
            star.value(block, row: row, column: size), line: block.line(ofRow: row),
            column: "_rlnTomoTiltSeriesPixelSize")
        }
        return (
          star.value(block, row: row, column: column), name.map { star.value(block, row: row, column: $0) },
          pixelSize.flatMap { $0 > 0 ? $0 : nil }
        )
      }
      tomograms = nil
      isImport = true
    } else {
      return nil
    }
  }

  /// The points of all its files.
  ///
  /// - Throws: `Failure` if one is not there or cannot be read, or they do not count alike.
  func table() throws -> PointTable {
    var whole: PointTable?
    for (file, tomogram, pixelSize) in particles {
      var table = try PointTable(try find(file), as: nil, isListed: true)
      table.entries = table.entries.map { entry in
        var entry = entry
        entry.micrograph = entry.micrograph ?? tomogram
        entry.pixelSize = entry.pixelSize ?? pixelSize
        return entry
      }
      guard let before = whole else {
        whole = table
        whole?.pixelSizeSource = table.pixelSizeSource ?? pixelSize.map { _ in "_rlnTomoTiltSeriesPixelSize" }
        continue
      }
      guard before.units == table.units else {
        throw Failure(
          .badData, path: place, "lists files of which some hold \(before.units), others \(table.units)",
          remedy: "list files of one kind")
      }
      whole?.entries += table.entries
    }
    guard var whole else { throw Failure(.badData, path: place, "lists no files") }
    whole.path = place
    whole.countsSeriesPixels = whole.countsSeriesPixels || isImport && whole.units == .voxels
    if let tomograms { whole.tiltSeries = try TiltSeriesTable(try find(tomograms)) }
    whole.takeSeriesSizes()
    return whole
  }

  private func find(_ file: String) throws -> String {
    if access(file, F_OK) == 0 { return file }
    var folder = Path.folder(place)
    // As many folders as a path has, and no more.
    for _ in 0..<64 where !file.hasPrefix("/") {
      let path = folder == "." ? file : "\(folder)/\(file)"
      if access(path, F_OK) == 0 { return path }
      let above = Path.folder(folder)
      guard above != folder, folder != ".", folder != "/" else { break }
      folder = above
    }
    throw Failure(
      .noInput, path: place, "names the file \(file), which is not there",
      remedy: "run the command in RELION's project folder")
  }
}
