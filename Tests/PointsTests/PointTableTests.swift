import Files
import Points
import TestSupport
import Testing
import Volumes

@Suite("Tables of points")
struct PointTableTests {
  static let geometry = Geometry(depth: 50, height: 101, width: 200, voxelSizeAngstroms: SIMD3(10, 5, 2))

  static func table(_ text: String, _ name: String = "points") throws -> PointTable {
    try PointTable(bytes: Array(text.utf8), name: name)
  }

  @Test(
    "the same points in every format",
    arguments: [
      ("p.star", "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 2 3\n4.5 0 -0.25\n"),
      (
        "p.star",
        "data_\nloop_\n_rlnCoordinateZ #1\n_other\n_rlnCoordinateX #2\n_rlnCoordinateY\n3 a 1 2\n-0.25 b 4.5 0"
      ),
      (
        "points",
        "# comment\n\ndata_particles\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 2 3\n4.5 0 -0.25\n"
      ),
      ("p.csv", "x,y,z\n1,2,3\n4.5,0,-0.25\n"),
      ("points", "x,y,z\r\n1,2,3\r\n4.5,0,-0.25\r\n"),
      ("p.csv", "index, axis-0 ,axis-1,axis-2\n0,3,2,1\n1,-0.25,0,4.5\n"),
      ("p.csv", "\"Z\",\"name\",\"Y\",\"X\"\n3,\"a, \"\"b\"\"\",2,1\n-0.25,,0,4.5\n"),
      ("p.csv", "# picks\n1, 2, 3\n4.5, 0, -0.25\n"),
      ("p.txt", "1 2 3\n4.5 0 -0.25\n"),
      ("points", "\n# X Y Z\n 1\t2   3 # first\n\n4.5 0 -2.5e-1"),
      (
        "p.cbox",
        "data_global\n_cbox_format_version 1.0\ndata_cryolo\nloop_\n_CoordinateX\n_CoordinateY\n_CoordinateZ\n"
          + "_Width\n_Height\n_Depth\n-9 -8 3 20 20 20\n0 -10 -0.25 9 20 <NA>\ndata_cryolo_include\nloop_\n"
          + "_slice_index\n3\n"
      ),
      ("p.json", "{\"boxes_3d\": [[1, 2, 3], [4.5, 0, -0.25, \"manual\"]]}"),
      (
        "points",
        "\n{\"apix_unbin\": 2, \"boxes_3d\": [[-495, -120, -22, \"tm\", 0.5, 0], [-477.5, -125, -25.25, \"tm\"]]}"
      ),
      ("p.star", "data_x\n_rlnCoordinateX 1\n_rlnCoordinateY 2\n_rlnCoordinateZ 3\ndata_y\nloop_\n_a\n1"),
    ])
  func formats(name: String, text: String) throws {
    let table = try Self.table(text, name)
    let points = try table.points(in: Self.geometry, named: "x.mrc")
    #expect(points.first == VoxelPoint(x: 1, y: 2, z: 3))
    if points.count != 1 { #expect(points.last == VoxelPoint(x: 4.5, y: 0, z: -0.25)) }
    #expect((1...2).contains(points.count))
  }

  @Test("RELION 5: Angstroms from size / 2") func centred() throws {
    let columns = ["X", "Y", "Z"].map { "_rlnCenteredCoordinate\($0)Angst\n" }.joined()
    let table = try Self.table(
      "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n\(columns)9 9 9 0 -5 20")
    let points = try table.points(in: Self.geometry, named: "x.mrc")
    #expect(points == [VoxelPoint(x: 100, y: 49.5, z: 35)])
    var unknown = Self.geometry
    unknown.voxelSizeAngstroms = .zero
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: unknown, named: "x.mrc") }
    #expect(failure?.reason == "holds Angstroms, but the tomogram's voxel size is unknown")
  }

  @Test("EMAN2: scores and classes, boxes counted") func eman() throws {
    let table = try Self.table(
      "{\"class_list\": {\"1\": {\"name\": \"70S\", \"boxsize\": 32}}, \"boxes_3d\": [[1, 2, 3, \"tm\", 0.5, 1], "
        + "[4, 5, 6, \"tm\", 0.25, 0], [400, 5, 6]]}", "x_info.json")
    #expect(table.entries.map(\.score) == [0.5, 0.25, nil])
    #expect(table.entries.map(\.classes) == [["1", "70S"], ["0"], []])
    let points = try table.ofClass("70S").points(in: Self.geometry, named: "x.mrc")
    #expect(points == [VoxelPoint(x: 1, y: 2, z: 3)])
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: Self.geometry, named: "x.mrc") }
    #expect(failure?.reason.hasPrefix("box 3: the point (400.00, 5.00, 6.00) lies outside") == true)
  }

  @Test("crYOLO: confidences as scores") func cbox() throws {
    let columns = ["CoordinateX", "CoordinateY", "CoordinateZ", "Width", "Height", "Confidence"]
    let head = "data_cryolo\nloop_\n" + columns.map { "_\($0)\n" }.joined()
    let table = try Self.table(head + "0 0 3 2 4 0.5\n1 1 3 2 4 <NA>\n", "p.cbox")
    let odd = try Self.table(head + "0 0 3 2 4 x\n", "p.cbox")
    #expect(odd.scoreFault == "line 9: _Confidence is 'x', not a finite number")
    #expect(table.scoreFault == nil)
    #expect(table.entries.map(\.score) == [0.5, nil])
    #expect(table.entries.map(\.position) == [SIMD3(1, 2, 3), SIMD3(2, 3, 3)])
  }

  @Test(
    "classes and labels",
    arguments: [
      (
        "p.star",
        "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_rlnClassNumber\n_simSpecies\n_simInstance\n"
          + "1 2 3 1 4v4r 7\n4 5 6 2 2uv8 0\n1 1 1 1 4v4r 9\n"
      ),
      ("p.csv", "x,y,z,class,species,cryosamInstance\n1,2,3,1,4v4r,7\n4,5,6,2,2uv8,0\n1,1,1,1,4v4r,9\n"),
    ])
  func classes(name: String, text: String) throws {
    let table = try Self.table(text, name)
    #expect(try table.ofClass("4v4r").entries.count == 2)
    #expect(try table.ofClass("2").entries.map(\.position) == [SIMD3(4, 5, 6)])
    #expect(try table.labels(ofClass: "4v4r", countingRows: true) == [7, 9])
    #expect(try table.labels(ofClass: nil, countingRows: false) == [7, 9])
    let missing = #expect(throws: Failure.self) { _ = try table.ofClass("TRiC") }
    #expect(missing?.description == "names no class 'TRiC'; it has 1, 4v4r, 2, 2uv8")
    let none = #expect(throws: Failure.self) { _ = try table.labels(ofClass: "2uv8", countingRows: true) }
    #expect(none?.reason == "none of its 1 particles has a label in the volume of instances")
  }

  @Test("rows are labels where the table has none") func rowLabels() throws {
    let table = try Self.table("1 2 3\n4 5 6\n")
    #expect(try table.labels(ofClass: nil, countingRows: true) == [1, 2])
    #expect(try table.labels(ofClass: nil, countingRows: false) == nil)
    let failure = #expect(throws: Failure.self) { _ = try table.ofClass("a") }
    #expect(failure?.reason == "has no column that tells particles of the class 'a' from others")
  }

  @Test(
    "points of other tomograms are left out",
    arguments: [
      ("TS_1.mrc", 2.0), ("folder/TS_1_10.00Apx.mrc", 2), ("rec_TS_1.mrc.gz", 2), ("TS_12.rec", 3),
    ])
  func micrographs(name: String, x: Double) throws {
    let table = try Self.table(
      "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_rlnMicrographName\n"
        + "1 1 1 TS_2.tomostar\n2 1 1 TS_1.tomostar\n3 1 1 tomo/TS_12.mrc\n", "p.star")
    #expect(try table.points(in: Self.geometry, named: name) == [VoxelPoint(x: x, y: 1, z: 1)])
    #expect(table.micrographs.count == 3)
    let failure = #expect(throws: Failure.self) {
      _ = try table.points(in: Self.geometry, named: "a/TS_3.mrc")
    }
    #expect(
      failure?.reason
        == "none of its 3 points is on the tomogram TS_3; it names TS_2.tomostar, TS_1.tomostar, tomo/TS_12.mrc"
    )
  }

  @Test("names and scores in CSV, quotes doubled") func quotedCSV() throws {
    let table = try Self.table(
      "x,y,z,Score,Tomogram\n1,2,3,0.5,\"a, \"\"b\"\".mrc\"\n4,5,6,1, c.mrc \n", "p.csv")
    #expect(table.micrographs == ["a, \"b\".mrc", "c.mrc"])
    #expect(table.entries.map(\.score) == [0.5, 1])
    #expect(try table.points(in: Self.geometry, named: "c") == [VoxelPoint(x: 4, y: 5, z: 6)])
  }

  @Test("scores and pixel sizes") func extras() throws {
    let table = try Self.table(
      "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_rlnAutopickFigureOfMerit\n_rlnPixelSize\n"
        + "_rlnOriginXAngst\n1 2 3 0.5 13.3 0\n1 2 3 0.25 13.3 1\n", "p.star")
    #expect(table.pixelSizeAngstroms == 13.3)
    #expect(table.entries.map(\.score) == [0.5, 0.25])
    #expect(
      table.notes == ["the shifts in _rlnOriginXAngst and its neighbours are not applied to the coordinates"])
  }

  @Test(
    "a point outside is reported with its line",
    arguments: [
      ("200 1 1", "200.00, 1.00, 1.00"), ("1 -0.75 1", "1.00, -0.75, 1.00"),
      ("1 1 49.5", "1.00, 1.00, 49.50"),
    ])
  func outside(point: String, shown: String) throws {
    let table = try Self.table("1 2 3\n\(point)\n")
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: Self.geometry, named: "x.mrc") }
    #expect(
      failure?.reason == "line 2: the point (\(shown)) lies outside the tomogram of 200 x 101 x 50 voxels")
  }

  @Test(
    "malformed tables are refused",
    arguments: [
      (
        "p.star", "data_x\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n1 2\n",
        "the table data_x has no column _rlnCoordinateZ"
      ),
      (
        "p.star", "data_x\nloop_\n_rlnCenteredCoordinateXAngst\n_a\n1 2\n",
        "the table data_x has no column _rlnCenteredCoordinateYAngst and _rlnCenteredCoordinateZAngst"
      ),
      (
        "p.star", "data_x\nloop_\n_wrpX\n_wrpY\n1 2\n",
        "no table has the columns _rlnCoordinateX, Y, Z or _rlnCenteredCoordinateXAngst, Y, Z; the first columns are "
          + "_wrpX, _wrpY"
      ),
      (
        "p.star", "data_x\n",
        "no table has the columns _rlnCoordinateX, Y, Z or _rlnCenteredCoordinateXAngst, Y, Z"
      ),
      ("p.star", "1 2 3\n", "line 1 stands before any data_ block: it is not a STAR file"),
      (
        "p.star", "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 2 x\n",
        "line 6: _rlnCoordinateZ is 'x', not a finite number"
      ),
      (
        "p.star", "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 2 nan\n",
        "line 6: _rlnCoordinateZ is 'nan', not a finite number"
      ),
      (
        "p.star", "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 0x2 3\n",
        "line 6: _rlnCoordinateY is '0x2', not a finite number"
      ),
      (
        "p.star", "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1e999 2 3\n",
        "line 6: _rlnCoordinateX is '1e999', not a finite number"
      ),
      ("p.cbox", "1 2 3 4 5\n", "line 1 stands before any data_ block: it is not a STAR file"),
      (
        "p.cbox",
        "data_cryolo\nloop_\n_CoordinateX\n_CoordinateY\n_CoordinateZ\n_Width\n_Height\n1 2 <NA> 4 5\n",
        "line 8: _CoordinateZ is '<NA>', not a finite number"
      ),
      ("p.json", "{\"boxes\": []}", "has no list 'boxes_3d'"),
      ("p.json", "{\"boxes_3d\": 3}", "has no list 'boxes_3d'"),
      ("p.json", "[[1, 2, 3]]", "has no list 'boxes_3d'"),
      (
        "p.json", "{\"boxes_3d\": [[1, 2, 3], [1, 2]]}",
        "box 2 of 'boxes_3d' does not begin with three numbers x, y, z"
      ),
      (
        "p.json", "{\"boxes_3d\": [[1, \"2\", 3, 4]]}",
        "box 1 of 'boxes_3d' does not begin with three numbers x, y, z"
      ),
      ("p.json", "{\"boxes_3d\": [7]}", "box 1 of 'boxes_3d' does not begin with three numbers x, y, z"),
      (
        "p.json", "{\"apix_unbin\": -1, \"boxes_3d\": []}",
        "'apix_unbin' is -1, not a pixel size in Angstroms"
      ),
      ("p.csv", "a,b,c\n1,2,3\n", "the header 'a,b,c' names no columns x, y, z"),
      ("p.csv", "1,2\n", "the header '1,2' names no columns x, y, z"),
      ("p.csv", "x,y\n1,2\n", "the header 'x,y' names no columns x, y, z"),
      ("p.csv", "x,y,z,x\n1,2,3,4\n", "the header names a coordinate twice"),
      ("p.csv", "x,y,z\n1,2\n", "line 2 has 2 cells for 3 columns"),
      ("p.csv", "x,y,z\n1,2,\n", "line 2: z is '', not a finite number"),
      ("p.csv", "x,y,z\n1,2,inf\n", "line 2: z is 'inf', not a finite number"),
      ("p.csv", "x,y,\"z\n1,2,3\n", "line 1: a quote is not closed"),
      ("p.txt", "1 2\n", "line 1 has 2 values, not X Y Z"),
      ("p.txt", "1 2 3 4\n", "line 1 has 4 values, not X Y Z"),
      ("p.txt", "1 2 3\nx y z\n", "line 2: X is 'x', not a finite number"),
      ("p.txt", "1 2 3\u{0}", "is not a text file: it holds zero bytes"),
    ])
  func malformed(name: String, text: String, reason: String) {
    let failure = #expect(throws: Failure.self) { _ = try Self.table(text, name) }
    #expect(failure?.reason == reason)
    #expect(failure?.kind == .badData)
  }

  @Test("tables without points", arguments: ["p.star", "p.csv", "p.txt"])
  func empty(name: String) throws {
    let texts = [
      "p.star": "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n", "p.csv": "x,y,z\n",
      "p.txt": "",
    ]
    let table = try Self.table(texts[name] ?? "", name)
    let failure = #expect(throws: Failure.self) { _ = try table.points(in: Self.geometry, named: "x.mrc") }
    #expect(failure?.reason == "holds no points")
  }

  @Test("picks survive writing", arguments: ["star", "csv", "txt"])
  func writing(format: String) throws {
    let picks = PickTable(
      micrograph: "my tomo.mrc", pixelSizeAngstroms: 10.05,
      extraColumns: ["cryosamPredictedIoU", "cryosamInstance"],
      picks: [
        Pick(position: VoxelPoint(x: 1, y: 2.25, z: 3.00005), figureOfMerit: 0.75, extras: [0.123_456_7, 1]),
        Pick(position: VoxelPoint(x: 199.4, y: 0, z: -0.25), figureOfMerit: -1, extras: [1, 2]),
      ])
    let text = format == "star" ? picks.starText : format == "csv" ? picks.csvText : picks.plainText
    let table = try Self.table(text, "p.\(format)")
    let points = try table.points(in: Self.geometry, named: "my tomo.mrc")
    #expect(points == [VoxelPoint(x: 1, y: 2.25, z: 3.0001), VoxelPoint(x: 199.4, y: 0, z: -0.25)])
    if format != "txt" { #expect(table.entries.map(\.score) == [0.75, -1]) }
    if format == "star" { #expect(table.pixelSizeAngstroms == 10.05) }
  }

  @Test("the STAR text, to the byte") func starText() {
    let picks = PickTable(
      micrograph: "t.mrc", pixelSizeAngstroms: nil, extraColumns: ["cryosamInstance"],
      picks: [Pick(position: VoxelPoint(x: 1, y: 2, z: 3), figureOfMerit: 0.5, extras: [7])])
    let expected = """

      # version 30001

      data_particles

      loop_
      _rlnMicrographName #1
      _rlnCoordinateX #2
      _rlnCoordinateY #3
      _rlnCoordinateZ #4
      _rlnAutopickFigureOfMerit #5
      _cryosamInstance #6
      t.mrc       1.0000       2.0000       3.0000     0.500000            7


      """
    #expect(picks.starText == expected)
  }

  /// Tables with more columns than any program writes, without what makes them long.
  static let wide: [(name: String, line: String)] = [
    ("p.star", "data_\nloop_\n" + (0...1000).map { "_c\($0)\n" }.joined()),
    ("p.csv", "x,y,z" + String(repeating: ",c", count: 998)),
    ("p.tsv", "x\ty\tz" + String(repeating: "\tc", count: 998)),
    ("p.txt", "x y z" + String(repeating: " c", count: 998)),
  ]

  @Test("tables of more than a thousand columns are refused", arguments: wide)
  func tooWide(table: (name: String, line: String)) {
    let failure = #expect(throws: Failure.self) { _ = try Self.table(table.line, table.name) }
    #expect(failure?.reason.hasSuffix("a table has more than 1000 columns") == true)
  }

  @Test(
    "equal points count once, and it is said",
    arguments: [
      ("p.txt", String(repeating: "3 4 5\n", count: 10_000) + "6 4 5\n", 2, 9999),
      ("p.csv", "x,y,z,class\n1,2,3,a\n1,2,3,b\n1,2,3,a\n", 2, 1),
      (
        "p.star",
        "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n1 2 3\n2 2 3\n2.0 2 3.00\n1 2 3\n",
        2,
        2
      ),
      ("p.txt", "1 2 3\n1 2 3.5\n", 2, 0),
    ])
  func equal(name: String, text: String, different: Int, equal: Int) throws {
    let (points, remarks) = try Self.table(text, name).located(
      in: Geometry(depth: 10, height: 10, width: 10), named: "t.mrc", taken: PointReading())
    #expect(points.count == different)
    let remark = "\(equal) of its \(different + equal) points are equal to others and were left out"
    #expect(remarks == (equal > 0 ? [remark] : []))
  }
}
