import Files
import Points
import TestSupport
import Testing
import Volumes

/// Tables of the portal, copick, ChimeraX, Dynamo and IMOD, by their contents.
@Suite("Tables of other programs")
struct OtherFormatTests {
  static let geometry = Geometry(
    depth: 50, height: 100, width: 200, voxelSizeAngstroms: SIMD3(repeating: 10))

  static let dynamo = "7 1 1 0.5 0 0 0 0 0 0.75 0 0 1 -60 60 0 0 0 0 4 0 2 0 31 21 11"

  @Test(
    "read by their contents, whatever their name",
    arguments: ["points", "p.txt"],
    [
      ("NDJSON", "{\"type\": \"point\", \"location\": {\"x\": 30, \"y\": 20, \"z\": 10}}\n"),
      (
        "NDJSON",
        "\n{\"location\": {\"z\": 10, \"x\": 30.0, \"y\": 20}, \"type\": \"instancePoint\", \"instance_id\": 5}\r\n\n"
          + "{\"type\": \"instancePoint\", \"location\": {\"x\": 1, \"y\": 1, \"z\": 1}, \"instance_id\": 6}"
      ),
      (
        "copick JSON",
        "{\n \"points\": [{\"location\": {\"x\": 300, \"y\": 200, \"z\": 100}, \"score\": 0.5}]}"
      ),
      (
        "copick JSON",
        "{\"unit\": \"voxel\", \"run_name\": \"t\", \"points\": [{\"location\": {\"x\": 30, \"y\": 20, \"z\": 10}}]}"
      ),
      (
        "ChimeraX markers",
        "<?xml version=\"1.0\"?>\n<marker_sets>\n<marker_set name=\"a=b\">\n<marker id='1'\n x = '300' y='200' "
          + "z='100' r='1'/></marker_set></marker_sets>"
      ),
      ("Dynamo", dynamo + " 0 0 0 0\n" + dynamo + " 0 0 0 0\n"),
      ("Dynamo", "\t" + dynamo + " 0 0 0 NaN 1 0 1"),
      ("IMOD text", "  1  1  30.50  20.50  10.00\n  1  2  1.50  1.50  1.00\n"),
      ("IMOD text", "2 3 30.5 20.5 10.0"),
      ("CSV", "x\ty\tz\n30\t20\t10\n"), ("CSV", " z  y x  score\n10 20 30 nan\n"),
      ("CSV", "x;y;z\n30;20;10\n"), ("CSV", "axis-0,axis-1,axis-2,axis-3\n4,10,20,30\n"),
      ("CSV", "index,axis-0,axis-1,axis-2\n4,10,20,30\n"), ("CSV", "# z,y,x\n10,20,30\n"),
      ("text", "# by numpy\n# z y x\n10 20 30\n"), ("text", "30 20 10\n# z y x\n"),
      ("CSV", "x,y,z\n30,20,10,\n,,\n"), ("CSV", "x,y,z,tomo_id\n30,20,10,3\n1,2,3,3\n"),
      ("CSV", "x,y,z,run\n1,2,3,TS_01\n30,20,10,t\n"), ("CSV", "x,y,z,tilt_series\n30,20,10,\n"),
      ("CSV", "run_name,x,y,z,transform_00,score,instance_id\nt,300,200,100,1,0.5,7.0\n"),
      (
        "copick JSON",
        "\u{FEFF}{\"points\": [{\"location\": {\"x\": 300, \"y\": 200, \"z\": 100}, \"score\": NaN}]}"
      ),
      (
        "ChimeraX markers",
        "<marker_set name='a'><!-- it's <marker x='1' y='1' z='1'/> --><marker x='300' y='200' z='100'/></marker_set>"
      ),
    ])
  func formats(name: String, table: (format: String, text: String)) throws {
    let read = try PointTableTests.table(table.text, name)
    #expect(read.format == table.format)
    #expect(try read.points(in: Self.geometry, named: "t.mrc").first == VoxelPoint(x: 30, y: 20, z: 10))
  }

  @Test("what they tell besides") func details() throws {
    let dynamo = try PointTableTests.table(Self.dynamo, "p.tbl")
    #expect(dynamo.entries.first?.score == 0.75 && dynamo.entries.first?.classes == ["2"])
    #expect(dynamo.notes.last == "the shifts in columns 4 to 6 are not applied to the coordinates")
    let copick = try PointTableTests.table(
      #"{"pickable_object_name": "ribosome", "points": [{"location": {"x": 1, "y": 2, "z": 3}, "instance_id": 4}]}"#,
      "p.json")
    #expect(copick.entries.first?.label == 4 && copick.entries.first?.classes == ["ribosome"])
    let rows = try PointTableTests.table(
      "run_name,x,y,z,transform_00,instance_id\nt,1,2,3,1,7.0\nt,1,2,3,1,\n", "p.csv")
    #expect(rows.entries.map(\.label) == [7, nil] && rows.units == .angstroms)
    let sets = try PointTableTests.table(
      "<marker_sets><marker_set name='a'><marker x='1' y='1' z='1' radius='5' size='unknown'/></marker_set>"
        + "<marker_set><marker x='1' y='1' z='1' radius='5'/></marker_set></marker_sets>", "p.cmm")
    #expect(sets.entries.map(\.className) == ["a", nil] && sets.entries.map(\.radius) == [nil, 5])
  }

  @Test("a .doc names tomograms, however their numbers are written") func dynamoNames() throws {
    try TestData.withFolder { folder in
      let numbered = Self.dynamo.replacing(" 4 0 2 0 ", with: " 4.0000000e+00 0 2 0 ") + "\n"
      try TestData.write(Array(numbered.utf8), to: "\(folder)/p.tbl")
      // The number of the only tomogram says nothing.
      #expect(try PointTable("\(folder)/p.tbl").micrographs.isEmpty)
      try TestData.write(Array("4 /data/TS 04.mrc\n5 /data/TS_05.mrc\n".utf8), to: "\(folder)/p.doc")
      let table = try PointTable("\(folder)/p.tbl")
      #expect(table.micrographs == ["/data/TS 04.mrc"])
      #expect(throws: Failure.self) { _ = try table.points(in: Self.geometry, named: "TS_05.mrc") }
    }
  }

  @Test("instances without a number get one of their own") func numbers() throws {
    let picks = [2, nil, nil, 1].map {
      Pick(position: VoxelPoint(x: 1, y: 1, z: 1), figureOfMerit: nil, label: $0)
    }
    let table = PickTable(micrograph: "t", pixelSizeAngstroms: 10, picks: picks, geometry: Self.geometry)
    let files = try PickFormat.ndjsonInstances.files([table], named: PickNames(main: "t", folder: "."))
    #expect(try PointTable(bytes: files.files[0].bytes, name: "t").entries.map(\.label) == [2, 3, 4, 1])
  }

  @Test(
    "refused by what they are",
    arguments: [
      (
        "p.ndjson", "{\"location\": {\"x\": 1, \"y\": 2, \"z\": 3}}\n{\"a\": 1}\n",
        "line 2 is no object with a location x, y, z"
      ),
      (
        "p.json", "{\"unit\": \"furlong\", \"points\": []}",
        "copick's picks are in 'furlong', which is not known"
      ),
      (
        "p.json", "{\"points\": [{\"location\": {\"x\": 1}}]}",
        "point 1 of copick's picks has no location x, y, z"
      ),
      ("p.cmm", "<marker_set>\n<marker x=\"1\" y=\"2\"/>\n</marker_set>", "line 2: the marker has no z"),
      ("p.xml", "<html></html>", "is XML without a <marker>"),
      ("p.tbl", "1 2 3\n", "line 1 has 3 values, too few for a table of Dynamo"),
      ("p.tbl", dynamo + " 0\n" + dynamo + "\n", "line 2 has 26 values, the first one 27"),
      (
        "p.json", "{\"points\": [{\"location\": {\"x\": NaN, \"y\": 1, \"z\": 1}}]}",
        "point 1 of copick's picks has no location x, y, z"
      ),
      ("p.txt", "1 1 1.5 1.5 1.0\n1 1 1.5\n", "line 2 has 3 values, not IMOD's object, contour, X, Y and Z"),
      ("p.txt", "120 340 64 64 -3\n", "line 1 has 5 values, not X Y Z"),
      ("m.mod", "IMODV1.2\u{0}", "ends at byte 9, in the midst of its header"),
      ("p.npy", "\u{1F}", "line 1 has 1 values, not X Y Z"),
    ])
  func refused(name: String, text: String, reason: String) {
    let failure = #expect(throws: Failure.self) { _ = try PointTableTests.table(text, name) }
    #expect(failure?.reason == reason)
  }

  @Test(
    "scores by other names, and scores that are no numbers",
    arguments: [
      ("p.star", "rlnLCCmax"), ("p.star", "wrpAutopickFigureOfMerit"), ("p.star", "wrpScore"),
      ("p.star", "rlnAutopickFigureOfMerit"),
    ])
  func scores(name: String, column: String) throws {
    let table = try PointTableTests.table(
      "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_\(column)\n1 2 3 0.5\n1 2 3 nan\n",
      name)
    #expect(table.entries.map(\.score) == [0.5, nil])
    #expect(table.scoreFault == "line 8: _\(column) is 'nan', not a finite number")
    #expect(try table.points(in: Self.geometry, named: "t.mrc").count == 2)
  }
}
