import Files
import Volumes

/// A tilt series as RELION's `tomograms.star` describes it: what its tomogram's voxels are to RELION.
public struct TiltSeries: Sendable, Equatable {
  /// `rlnTomoName`
  public let name: String
  /// Angstroms, of a pixel without binning: `rlnTomoTiltSeriesPixelSize`.
  public let pixelSizeAngstroms: Double
  /// `rlnTomoSizeX/Y/Z`: voxels without binning; nil if the table has none (RELION 5 before reconstruction).
  public let size: SIMD3<Double>?
  /// `rlnTomoTomogramBinning`
  private let statedBinning: Double?
  /// The `tomograms.star` that it stands in.
  public let path: String?

  public init(
    name: String, pixelSizeAngstroms: Double, size: SIMD3<Double>? = nil, binning: Double? = nil,
    path: String? = nil
  ) {
    (self.name, self.pixelSizeAngstroms, self.size) = (name, pixelSizeAngstroms, size)
    statedBinning = binning
    self.path = path
  }

  /// How many pixels of the tilt series a voxel of the tomogram is wide: as the table says, unless the tomogram at hand
  /// has voxels of another size (`voxelSize`, in Angstroms).
  public func binning(voxelSize: Double?) -> Double {
    guard let voxelSize else { return statedBinning ?? 1 }
    let measured = voxelSize / pixelSizeAngstroms
    if let statedBinning, abs(measured / statedBinning - 1) < 0.01 { return statedBinning }
    return abs(measured / measured.rounded() - 1) < 0.01 ? measured.rounded() : measured
  }

  /// Angstroms, of a voxel of the tomogram; nil if the table states no binning.
  public var voxelSizeAngstroms: Double? { statedBinning.map { $0 * pixelSizeAngstroms } }

  /// The tomogram that RELION reconstructs of it; nil if its size is not known.
  public var geometry: Geometry? {
    guard let size else { return nil }
    let binning = binning(voxelSize: nil)
    let sides = (size / binning).rounded(.toNearestOrAwayFromZero)
    guard sides.min() >= 1, sides.max() < 1e6 else { return nil }
    return Geometry(
      depth: Int(sides.z), height: Int(sides.y), width: Int(sides.x),
      voxelSizeAngstroms: SIMD3(repeating: pixelSizeAngstroms * binning))
  }

  /// RELION 5's centred Angstroms of a voxel: (voxel x binning - size / 2) x pixel size. Nil if the size is not known.
  ///
  /// Source: `ParticleSet::getParticleCoordDecenteredPixel` of RELION 5.0.1, read backwards.
  func centredAngstroms(voxel: SIMD3<Double>, voxelSize: Double?) -> SIMD3<Double>? {
    size.map { (voxel * binning(voxelSize: voxelSize) - $0 / 2) * pixelSizeAngstroms }
  }

  /// The voxel of RELION 5's centred Angstroms.
  func voxel(centredAngstroms: SIMD3<Double>, voxelSize: Double?) -> SIMD3<Double>? {
    size.map { (centredAngstroms / pixelSizeAngstroms + $0 / 2) / binning(voxelSize: voxelSize) }
  }
}

/// The tilt series of a `tomograms.star`.
public struct TiltSeriesTable: Sendable {
  public let path: String
  public let series: [TiltSeries]

  private static let sizes = ["rlnTomoSizeX", "rlnTomoSizeY", "rlnTomoSizeZ"]

  /// Reads the file at `path`, of RELION 4 or 5: the first table with names and pixel sizes.
  ///
  /// - Throws: `Failure` that names the line of what is malformed, or the column that is missing.
  public init(_ path: String) throws {
    let star = try STARFile(path)
    self.path = path
    series = try inFile(path) { try Self.series(in: star, path) }
  }

  private static func series(in star: STARFile, _ path: String) throws -> [TiltSeries] {
    guard
      let block = star.blocks.first(where: {
        $0.column("rlnTomoName") != nil && $0.column("rlnTomoTiltSeriesPixelSize") != nil
      }), let name = block.column("rlnTomoName")
    else {
      throw Failure(
        .badData, "no table has the columns _rlnTomoName and _rlnTomoTiltSeriesPixelSize",
        remedy: "give the tomograms.star of RELION's tomogram reconstruction")
    }
    return try (0..<block.rowCount).map { row in
      func positive(_ column: String) throws -> Double? {
        guard let index = block.column(column) else { return nil }
        let line = block.line(ofRow: row)
        let number = try finiteNumber(
          star.value(block, row: row, column: index), line: line, column: "_" + column)
        guard number > 0, number < 1e6 else {
          throw Failure(.badData, "line \(line): _\(column) is \(number), which cannot be")
        }
        return number
      }
      let sides = try sizes.compactMap(positive)
      return TiltSeries(
        name: star.value(block, row: row, column: name),
        pixelSizeAngstroms: try positive("rlnTomoTiltSeriesPixelSize") ?? 1,
        size: sides.count == 3 ? SIMD3(sides[0], sides[1], sides[2]) : nil,
        binning: try positive("rlnTomoTomogramBinning"), path: path)
    }
  }

  /// The series of the tomogram `name` (a path or a bare name): the one with the same name, or else the only one whose
  /// tomogram may be called so.
  public func series(of name: String) -> TiltSeries? {
    let wanted = TomogramName(name)
    if let same = series.first(where: { $0.name == name || TomogramName($0.name) == wanted }) { return same }
    let alike = series.filter { TomogramName($0.name).series == wanted.series }
    return alike.count == 1 ? alike[0] : nil
  }

  /// As `series(of:)`.
  ///
  /// - Throws: `Failure` that names those that are there.
  public func known(_ name: String) throws -> TiltSeries {
    if let series = series(of: name) { return series }
    let shown = series.prefix(3).map(\.name).joined(separator: ", ") + (series.count > 3 ? ", ..." : "")
    throw Failure(
      .badData, path: path, "does not name the tomogram \(TomogramName(name).stem); it has \(shown)",
      remedy: "say which of them it is with --tomogram-name")
  }
}
