import Files
import Points
import TestSupport
import Testing
import Volumes

/// Picks written in every format and read again.
@Suite("Picks in every format")
struct RoundTripTests {
  /// Sizes odd and even, voxel sizes, origins and starts that differ from axis to axis.
  static let geometries = [
    Geometry(depth: 100, height: 200, width: 300, voxelSizeAngstroms: SIMD3(repeating: 10)),
    Geometry(
      depth: 101, height: 255, width: 333, voxelSizeAngstroms: SIMD3(repeating: 13.48),
      originAngstroms: SIMD3(-1000.5, 250.25, 31)),
    Geometry(
      depth: 64, height: 127, width: 96, voxelSizeAngstroms: SIMD3(1.35, 1.35, 1.4),
      start: SIMD3(-48, 3, 10)),
  ]

  /// A thousand points anywhere in the volume, also in the outer halves of the outer voxels; as 1024ths, which numbers
  /// of 32 bits hold.
  static func picks(in geometry: Geometry, count: Int = 1000) -> [Pick] {
    var random = SplitMix64(seed: UInt64(geometry.width))
    func coordinate(_ size: Int) -> Double {
      (Double.random(in: 0..<1, using: &random) * Double(size) * 1024).rounded(.down) / 1024 - 0.5
    }
    return (0..<count).map { index in
      let place = VoxelPoint(
        x: coordinate(geometry.width), y: coordinate(geometry.height), z: coordinate(geometry.depth))
      return Pick(
        position: place, figureOfMerit: Double(index) / 1000,
        kind: index % 3 == 0 ? "ribosome" : "a \"b\" & <c>",
        label: index + 1, radius: 4 + Double(index % 5) / 4)
    }
  }

  static func table(_ geometry: Geometry, _ picks: [Pick], series: TiltSeries? = nil) -> PickTable {
    PickTable(
      micrograph: "TS_01_10.00Apx.mrc", pixelSizeAngstroms: geometry.pixelSizeAngstroms, picks: picks,
      geometry: geometry, series: series)
  }

  /// How far from its place a point may come back, in voxels: half the last digit that a format has.
  static func precision(_ format: PickFormat, _ geometry: Geometry) -> Double {
    let voxel = geometry.voxelSizeAngstroms.min()
    let size = Double(max(geometry.width, geometry.height, geometry.depth))
    switch format {
    case .star, .csv, .txt, .warp, .imodText, .dynamo: return 0.5001e-4
    case .relion4: return 0.5001e-6
    case .relion5: return 0.5001e-6 / voxel + 1e-12 * size
    case .warpNormalized: return 0.5001e-10 * size
    // Binary, or as many digits as the number has: what is left is the rounding of the units.
    case .imod, .ndjson, .ndjsonInstances: return 0
    case .copick, .eman2, .chimerax: return 1e-11
    }
  }

  @Test("a thousand points come back", arguments: PickFormat.allCases, geometries.indices)
  func roundTrip(format: PickFormat, index: Int) throws {
    let geometry = Self.geometries[index]
    let picks = Self.picks(in: geometry).filter { format != .copick || $0.kind == "ribosome" }
    let table = Self.table(geometry, picks)
    let names = PickNames(main: format.fileName, folder: ".")
    let files = try format.files([table], named: names)
    let read = try PointTable(bytes: files.files[0].bytes, name: "t")
    let points = try read.voxels(read.entries, geometry)
    #expect(points.count == picks.count)
    // Formats with objects or sets for kinds have one kind after the other.
    let sorted = format == .imod || format == .chimerax
    let wanted = sorted ? table.kinds.flatMap { kind in picks.filter { $0.kind == kind } } : picks
    let errors = zip(points, wanted).map { read, pick in
      let difference = read.position - pick.position.position
      return max(difference.max(), -difference.min())
    }
    #expect((errors.max() ?? 1) <= Self.precision(format, geometry))
    try Self.check(read, holds: wanted, format, geometry)
  }

  /// Scores, classes, labels and radii, where `format` has them.
  static func check(
    _ read: PointTable, holds picks: [Pick], _ format: PickFormat, _ geometry: Geometry
  ) throws {
    let (scores, names) = (read.entries.map(\.score), read.entries.map(\.className))
    switch format {
    case .txt, .imodText, .imod, .ndjson, .ndjsonInstances: #expect(scores.allSatisfy { $0 == nil })
    default: #expect(scores == picks.map(\.figureOfMerit))
    }
    switch format {
    case .txt, .ndjson, .ndjsonInstances: #expect(names.allSatisfy { $0 == nil })
    case .relion4, .relion5, .warp, .warpNormalized, .dynamo, .imodText:
      #expect(names == picks.map { $0.kind == "ribosome" ? "1" : "2" })
    // STAR has no double quotes.
    case .star: #expect(names == picks.map { $0.kind == "ribosome" ? "ribosome" : "a _b_ & <c>" })
    default: #expect(names == picks.map(\.kind))
    }
    switch format {
    case .copick, .ndjsonInstances, .chimerax: #expect(read.entries.map(\.label) == picks.map(\.label))
    default: break
    }
    guard format == .imod || format == .chimerax else { return }
    let (sheet, _) = try read.picks(read.entries, named: "t", geometry: geometry)
    let differences = zip(sheet.picks, picks).map { abs(($0.radius ?? 0) - ($1.radius ?? 0)) }
    #expect((differences.max() ?? 1) < 1e-6)
  }

  @Test("several tomograms in one file", arguments: PickFormat.allCases.filter(\.holdsSeveralTomograms))
  func severalTomograms(format: PickFormat) throws {
    let tables = ["TS_01.mrc", "TS_02.mrc"].map { name in
      PickTable(
        micrograph: name, pixelSizeAngstroms: 10,
        picks: Self.picks(in: Self.geometries[0], count: name == "TS_01.mrc" ? 3 : 5),
        geometry: Self.geometries[0])
    }
    try TestData.withFolder { folder in
      let names = PickNames(main: format.mainName, folder: folder)
      for (name, bytes) in try format.files(tables, named: names).files {
        try TestData.write(bytes, to: "\(folder)/\(name)")
      }
      let read = try PointTable("\(folder)/\(format.mainName)")
      #expect(try read.points(in: Self.geometries[0], named: "some/TS_01_10.00Apx.mrc").count == 3)
      #expect(try read.points(in: Self.geometries[0], named: "TS_02").count == 5)
    }
  }

  static let tomograms = """
    data_global
    loop_
    _rlnTomoName
    _rlnTomoTiltSeriesPixelSize
    _rlnTomoTomogramBinning
    _rlnTomoSizeX
    _rlnTomoSizeY
    _rlnTomoSizeZ
    TS_01 1.348 8 2401 1600 799
    TS_02 2.5 4 400 400 400
    """

  /// RELION's own arithmetic: bin-1 pixel = Angstrom / pixel size + size / 2.
  @Test("with tomograms.star, also where the size is no multiple of the binning") func tiltSeries() throws {
    try TestData.withFolder { folder in
      try TestData.write(Array(Self.tomograms.utf8), to: "\(folder)/tomograms.star")
      let series = try TiltSeriesTable("\(folder)/tomograms.star")
      let known = try series.known("TS_01_10.78Apx.mrc")
      let geometry = try #require(known.geometry)
      #expect(SIMD3(geometry.width, geometry.height, geometry.depth) == SIMD3(300, 200, 100))
      #expect(abs(geometry.voxelSizeAngstroms.x - 10.784) < 1e-9)
      let picks = Self.picks(in: geometry)
      let table = Self.table(geometry, picks, series: known)
      for format in [PickFormat.relion4, .relion5] {
        let files = try format.files([table], named: PickNames(main: "particles.star", folder: folder))
        for (name, bytes) in files.files { try TestData.write(bytes, to: "\(folder)/\(name)") }
        let first = try PointTable("\(folder)/particles.star").entries[0].position
        let unbinned = picks[0].position.position * 8
        let wanted =
          format == .relion4 ? unbinned : (unbinned - SIMD3(2401, 1600, 799) / 2) * 1.348
        let difference = first - wanted
        #expect(max(difference.max(), -difference.min()) < 1e-6)
        let names = ["particles.star"] + (format == .relion5 ? ["optimisation_set.star", "import.star"] : [])
        for name in names {
          let reading = PointReading(tiltSeries: name == "particles.star" ? series : nil)
          let read = try PointTable("\(folder)/\(name)").taken(as: reading)
          let points = try read.points(in: geometry, named: "TS_01.mrc")
          let errors = zip(points, picks).map { $0.distance(to: $1.position) }
          #expect(errors.count == 1000 && (errors.max() ?? 1) < 1e-6, "\(name)")
        }
      }
      let failure = #expect(throws: Failure.self) { _ = try series.known("TS_03.mrc") }
      #expect(failure?.reason == "does not name the tomogram TS_03; it has TS_01, TS_02")
    }
  }

  @Test("a tomogram of another binning than tomograms.star says") func otherBinning() {
    let series = TiltSeries(
      name: "t", pixelSizeAngstroms: 1.348, size: SIMD3(2400, 1600, 800), binning: 8)
    #expect(series.binning(voxelSize: nil) == 8 && series.binning(voxelSize: 10.78) == 8)
    #expect(series.binning(voxelSize: 5.39) == 4 && series.binning(voxelSize: 1.348) == 1)
  }

  @Test(
    "what a format needs is asked for",
    arguments: [
      (PickFormat.relion5, "relion5 needs the size of the tomogram, which is not known here"),
      (.warpNormalized, "warp-normalized needs the size of the tomogram, which is not known here"),
      (.relion4, "relion4 needs the voxel size of the tomogram, which is not known"),
      (.copick, "copick needs the voxel size of the tomogram, which is not known"),
      (.chimerax, "chimerax needs the voxel size of the tomogram, which is not known"),
    ])
  func needs(format: PickFormat, reason: String) {
    let table = PickTable(micrograph: "t.mrc", pixelSizeAngstroms: nil, picks: [])
    let failure = #expect(throws: Failure.self) {
      _ = try format.files([table], named: PickNames(main: "t", folder: "."))
    }
    #expect(failure?.reason == reason)
  }

  @Test("no picks are no points", arguments: PickFormat.allCases)
  func empty(format: PickFormat) throws {
    let table = Self.table(Self.geometries[0], [])
    let files = try format.files([table], named: PickNames(main: format.fileName, folder: "."))
    #expect(files.notes.count <= 1)
    guard format != .ndjson, format != .ndjsonInstances, format != .chimerax else { return }
    let read = try PointTable(bytes: files.files[0].bytes, name: format.fileName)
    #expect(read.entries.isEmpty)
  }

  @Test("files in a folder of results have names of their own") func names() {
    let names = PickFormat.allCases.flatMap(\.fileNames)
    #expect(Set(names).count == names.count)
    for format in PickFormat.allCases { #expect(PickFormat(named: format.rawValue.uppercased()) == format) }
  }
}
