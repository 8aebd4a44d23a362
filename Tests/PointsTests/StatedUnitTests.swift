import Files
import Points
import TestSupport
import Testing
import Volumes

/// Tables that say what their coordinates are, on a tomogram of 200 x 100 x 50 voxels of 10 A.
@Suite("Units that tables state")
struct StatedUnitTests {
  static let geometry = Geometry(
    depth: 50, height: 100, width: 200, voxelSizeAngstroms: SIMD3(repeating: 10),
    originAngstroms: SIMD3(100, 200, 300))

  /// A STAR file of one table with rows, after `before`.
  static func star(_ columns: [String], _ rows: String..., before: String = "") -> String {
    let names = ["rlnCoordinateX", "rlnCoordinateY", "rlnCoordinateZ"] + columns
    return before + "data_particles\nloop_\n" + names.map { "_\($0)\n" }.joined()
      + rows.map { $0 + "\n" }.joined()
  }

  static func optics(_ column: String, _ rows: String...) -> String {
    "data_optics\nloop_\n_rlnOpticsGroup\n_\(column)\n" + rows.map { $0 + "\n" }.joined() + "\n"
  }

  static let tomograms =
    "data_global\nloop_\n_rlnTomoName\n_rlnTomoTiltSeriesPixelSize\nt 2.5\nu 5\n"

  @Test(
    "RELION's coordinates are pixels of the tilt series, whose size tomograms.star or the optics groups say",
    arguments: [
      (star(["rlnTomoName"], "40 80 60 t"), true, SIMD3(10.0, 20, 15)),
      (star(["rlnTomoName"], "40 80 60 t"), false, SIMD3(40, 80, 60)),
      (star(["rlnMicrographName"], "40 80 60 t"), true, SIMD3(40, 80, 60)),
      (
        star([], "40 80 60", before: optics("rlnTomoTiltSeriesPixelSize", "1 2.5", "2 2.5")), false,
        SIMD3(10, 20, 15)
      ),
    ])
  func seriesPixels(text: String, isKnown: Bool, voxel: SIMD3<Double>) throws {
    try TestData.withFolder { folder in
      try TestData.write(Array(Self.tomograms.utf8), to: "\(folder)/tomograms.star")
      let series = try TiltSeriesTable("\(folder)/tomograms.star")
      let table = try PointTable(bytes: Array(text.utf8), name: "p.star")
        .taken(as: PointReading(tiltSeries: isKnown ? series : nil))
      #expect(try table.voxels(table.entries, Self.geometry) == [VoxelPoint(voxel)])
      // What is not known is said.
      let isSaid = table.remarks(table.entries, Self.geometry).contains { $0.contains("--tomograms") }
      #expect(isSaid == (!isKnown && text.contains("rlnTomoName")))
    }
  }

  @Test("fractions of which some lie a little outside are fractions; a unit that the user names is taken")
  func overruled() throws {
    let fractions = try PointTable(bytes: Array("0.5 1.004 0.3\n0.25 0.5 0.1\n".utf8), name: "p.txt")
    #expect(fractions.units == .fractions)
    for (unit, voxel) in [(PointUnit.voxel, SIMD3(10.0, 20, 15)), (.angstrom, SIMD3(1, 2, 1.5))] {
      let table = try PointTable(bytes: Array("x_nm,y_nm,z_nm\n10,20,15\n".utf8), name: "p.csv")
        .taken(as: PointReading(unit: unit))
      #expect(try table.voxels(table.entries, Self.geometry) == [VoxelPoint(voxel)])
    }
  }

  @Test(
    "coordinates become voxels of the tomogram, and a note says how",
    arguments: [
      ("p.star", star(["rlnPixelSize"], "28 24 12 5"), SIMD3(14.0, 12, 6), "multiplied by 0.5"),
      ("p.star", star(["rlnPixelSize"], "28 24 12 20"), SIMD3(56, 48, 24), "multiplied by 2"),
      ("p.star", star(["rlnPixelSize"], "28 24 12 10.05"), SIMD3(28, 24, 12), "taken as the same voxels"),
      ("p.star", star(["rlnPixelSize"], "28 24 12 nan"), SIMD3(28, 24, 12), "no pixel size in 1 rows"),
      ("p.star", star(["rlnDetectorPixelSize"], "30 20 10 2.5"), SIMD3(7.5, 5, 2.5), "_rlnDetectorPixelSize"),
      (
        "p.star", star(["rlnDetectorPixelSize", "rlnMagnification"], "30 20 10 5 25000"), SIMD3(6, 4, 2),
        "with _rlnMagnification"
      ),
      (
        "p.star",
        star(["rlnOpticsGroup"], "30 20 10 2", before: optics("rlnTomoTiltSeriesPixelSize", "1 3", "2 2.5")),
        SIMD3(7.5, 5, 2.5), "_rlnTomoTiltSeriesPixelSize says"
      ),
      (
        "p.star", star([], "30 20 10", before: optics("rlnMicrographPixelSize", "1 5")), SIMD3(15, 10, 5),
        "multiplied by 0.5"
      ),
      (
        "p.star", star(["rlnOpticsGroup"], "30 20 10 1", before: optics("rlnImagePixelSize", "1 5")),
        SIMD3(30, 20, 10), "not of coordinates"
      ),
      ("p.csv", "x,y,z,pixel_size\n30,20,10,5\n", SIMD3(15, 10, 5), "'pixel_size'"),
      ("p.tsv", "x\ty\tz\tVoxel_Spacing\n30\t20\t10\t5\n", SIMD3(15, 10, 5), "multiplied by 0.5"),
      (
        "p.csv", "id,experiment,particle_type,x,y,z\n0,t,ribosome,300,200,100\n", SIMD3(30, 20, 10),
        "Angstroms"
      ),
      ("p.star", star([], "0.25 0.5 0.1"), SIMD3(50, 50, 5), "fractions"),
      ("p.csv", "x,y,z\n0.5,0.75,0\n0.25,0.5,0.1\n", SIMD3(100, 75, 0), "fractions"),
      ("p.txt", "0.125 0.25 0.5\n", SIMD3(25, 25, 25), "fractions"),
      (
        "p.cmm", "<marker_set><marker x=\"250\" y=\"300\" z='350'/></marker_set>", SIMD3(15, 10, 5),
        "ChimeraX"
      ),
      (
        "p.json",
        #"{"unit": "angstrom", "voxel_spacing": 5, "points": [{"location": {"x": 150, "y": 100, "z": 50}}]}"#,
        SIMD3(15, 10, 5), "divided by the voxel size, 10 A"
      ),
    ])
  func units(name: String, text: String, place: SIMD3<Double>, note: String) throws {
    let table = try PointTableTests.table(text, name)
    let (points, remarks) = try table.located(in: Self.geometry, named: "t.mrc", taken: PointReading())
    #expect(points.first?.point == VoxelPoint(place))
    #expect(remarks.contains { $0.contains(note) }, "\(remarks)")
  }

  @Test(
    "names of columns state units",
    arguments: [
      ("x_nm,y_nm,z_nm", "28,24,12", "nanometres"), ("x [A],y [A],z [A]", "280,240,120", "Angstroms"),
      ("X (Å),Y (Å),Z (Å)", "280,240,120", "Angstroms"),
      ("z_angstrom,y_angstrom,x_angstrom", "120,240,280", "Angstroms"),
      ("pos_x_um,pos_y_um,pos_z_um", "0.028,0.024,0.012", "micrometres"),
      ("score,X(px),Y(px),Z(px)", "0.5,28,24,12", nil),
      ("coord_x,coord_y,coord_z,pixel_size_nm", "56,48,24,0.5", "multiplied by 0.5"),
      ("rlnCoordinateX,rlnCoordinateY,rlnCoordinateZ,rlnPixelSize", "56,48,24,5", "multiplied by 0.5"),
      (
        "rlnCenteredCoordinateXAngst,rlnCenteredCoordinateYAngst,rlnCenteredCoordinateZAngst",
        middle([280, 240, 120]), nil
      ),
    ])
  func columns(header: String, row: String, note: String?) throws {
    let table = try PointTableTests.table("\(header)\n\(row)\n", "p.csv")
    let (points, remarks) = try table.located(in: Self.geometry, named: "t.mrc", taken: PointReading())
    let point = try #require(points.first?.point)
    #expect(point.distance(to: VoxelPoint(x: 28, y: 24, z: 12)) < 1e-9, "\(point)")
    #expect(note.map { note in remarks.contains { $0.contains(note) } } ?? remarks.isEmpty, "\(remarks)")
  }

  /// Angstroms from the tomogram's middle.
  private static func middle(_ place: SIMD3<Double>) -> String {
    let sides = SIMD3(Double(geometry.width), Double(geometry.height), Double(geometry.depth))
    let centred = place - sides * 5
    return "\(centred.x),\(centred.y),\(centred.z)"
  }

  @Test(
    "columns whose names do not say what they are, or contradict each other, are refused",
    arguments: [
      ("x_shift,y_shift,z_shift", "names no columns x, y, z"), ("x_a,y_a,z_a", "names no columns x, y, z"),
      ("x_nm,y_nm,z_px", "the header names coordinates in different units"),
      ("x_nm,y_nm,z_nm,x_px,y_px,z_px", "the header names a coordinate twice"),
    ])
  func unclearColumns(header: String, reason: String) {
    let failure = #expect(throws: Failure.self) {
      _ = try PointTableTests.table("\(header)\n", "p.csv")
    }
    #expect(failure?.reason.hasSuffix(reason) == true)
  }

  @Test(
    "points that all lie outside are said where tables are compared",
    arguments: [
      ("x,y,z\n280,240,120\n", "all its points lie outside of the tomogram of"),
      ("run_name,voxel_spacing,x,y,z\nt,10,280,240,120\nt,10,250,240,120\n", "give --point-unit angstrom"),
      ("x,y,z,tomogram\n28,24,12,a\n28,24,12,b\n", nil),
    ])
  func compared(text: String, note: String?) throws {
    let picks = try PointTableTests.table(text, "p.csv")
    let truth = try PointTableTests.table("x,y,z\n28,24,12\n", "t.csv")
    let pairs = try PointTable.paired(picks, truth, tomogram: "t.mrc", geometry: Self.geometry)
    let remarks = pairs.remarks.picks
    #expect(note.map { note in remarks.contains { $0.contains(note) } } ?? remarks.isEmpty, "\(remarks)")
  }

  @Test("picks of one other tomogram alone are refused", arguments: ["ts_9", "x.mrc", "t_2.tomostar"])
  func otherTomogram(name: String) throws {
    let picks = try PointTableTests.table("x,y,z,tomogram\n28,24,12,\(name)\n", "p.csv")
    let truth = try PointTableTests.table("x,y,z\n28,24,12\n", "t.csv")
    let failure = #expect(throws: Failure.self) {
      _ = try PointTable.paired(picks, truth, tomogram: "t.mrc", geometry: Self.geometry)
    }
    #expect(failure?.remedy == "say which of them it is with --tomogram-name")
  }

  @Test(
    "what the user says counts",
    arguments: [
      (star(["rlnPixelSize"], "28 24 12 5"), PointReading(unit: .voxel), SIMD3(28.0, 24, 12)),
      (star(["rlnPixelSize"], "28 24 12 5"), PointReading(pixelSizeAngstroms: 2.5), SIMD3(7, 6, 3)),
      (star([], "28 24 12"), PointReading(pixelSizeAngstroms: 5), SIMD3(14, 12, 6)),
      (star([], "280 240 120"), PointReading(unit: .angstrom), SIMD3(28, 24, 12)),
      (star([], "0.5 0.5 0.5"), PointReading(unit: .voxel), SIMD3(0.5, 0.5, 0.5)),
      (star([], "1 0 0"), PointReading(unit: .fraction), SIMD3(200, 0, 0)),
      (
        star(["rlnPixelSize", "rlnMicrographPixelSize"], "28 24 12 5 2"), PointReading(pixelSizeAngstroms: 5),
        SIMD3(14, 12, 6)
      ),
    ])
  func readings(text: String, reading: PointReading, place: SIMD3<Double>) throws {
    let table = try PointTableTests.table(text, "p.star").taken(as: reading)
    #expect(try table.voxels(table.entries, Self.geometry) == [VoxelPoint(place)])
  }

  @Test(
    "what cannot be right is refused",
    arguments: [
      (
        star(["rlnPixelSize", "rlnMicrographPixelSize"], "28 24 12 5 2"), 10.0,
        "_rlnPixelSize and _rlnMicrographPixelSize state different pixel sizes of its coordinates; say which with "
          + "--point-pixel-size"
      ),
      (
        star(["rlnPixelSize"], "28 24 12 5"), 1.0,
        "_rlnPixelSize says 5 A a pixel, but the tomogram's header that its voxels are 1 A, as "
          + "headers do that nobody filled in; give the tomogram its voxel size, or --point-unit voxel if these are its "
          + "voxels"
      ),
    ])
  func refused(text: String, voxelSize: Double, message: String) throws {
    var geometry = Self.geometry
    geometry.voxelSizeAngstroms = SIMD3(repeating: voxelSize)
    let table = try PointTableTests.table(text, "p.star")
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: geometry, named: "t.mrc") }
    #expect(failure?.description == message)
  }

  @Test("this program's own picks are voxels, wherever they are") func own() throws {
    let text = PickTable(
      micrograph: "t.mrc", pixelSizeAngstroms: 10, extraColumns: ["cryosamInstance"],
      picks: [Pick(position: VoxelPoint(x: 0.5, y: 0.25, z: 0.5), figureOfMerit: 1, extras: [1])]
    ).starText
    let table = try PointTableTests.table(text, "p.star")
    let (points, remarks) = try table.located(in: Self.geometry, named: "t.mrc", taken: PointReading())
    #expect(points.map(\.point) == [VoxelPoint(x: 0.5, y: 0.25, z: 0.5)] && remarks.isEmpty)
  }

  @Test("without a voxel size stated sizes are noted") func unknown() throws {
    var geometry = Self.geometry
    geometry.voxelSizeAngstroms = .zero
    let table = try PointTableTests.table(Self.star(["rlnPixelSize"], "28 24 12 5"), "p.star")
    let (points, remarks) = try table.located(in: geometry, named: "t.mrc", taken: PointReading())
    #expect(points.first?.point == VoxelPoint(x: 28, y: 24, z: 12))
    #expect(
      remarks.first?.hasSuffix("the voxel size of the tomogram is unknown: they were taken as its voxels")
        == true)
  }

  @Test(
    "points outside say what they could be",
    arguments: [
      ("12 24 150\n5 99 199\n", "in the order z,y,x all points would lie inside: give x,y,z"),
      (
        "1200 840 350\n50 50 50\n",
        "as Angstroms all points would lie inside: if they are, give --point-unit angstrom"
      ),
      (
        "5000 1 1\n",
        "coordinates are voxels of this tomogram, counted from 0; scale those picked at another binning with "
          + "--point-pixel-size"
      ),
    ])
  func outside(text: String, remedy: String) throws {
    let table = try PointTableTests.table(text)
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: Self.geometry, named: "t.mrc") }
    #expect(failure?.remedy == remedy)
  }
}
