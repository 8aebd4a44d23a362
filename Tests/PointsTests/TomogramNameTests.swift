import Files
import Points
import TestSupport
import Testing
import Volumes

@Suite("Names of tomograms in tables")
struct TomogramNameTests {
  static let geometry = Geometry(depth: 50, height: 100, width: 200)

  /// A table in which the nth name has x = n.
  static func table(_ column: String, _ names: String...) throws -> PointTable {
    let rows = names.enumerated().map { "\($0 + 1) 1 1 \(STARWriter.quoted($1))\n" }.joined()
    return try PointTableTests.table(
      "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_\(column)\n\(rows)", "p.star")
  }

  @Test(
    "the same tomogram under two names",
    arguments: [
      ("lam3_ts_007.mrc.tomostar", "lam3_ts_007.mrc_13.48Apx.mrc"),
      ("TS_7.st.tomostar", "frames/TS_7_8.00Apx.mrc"),
      ("TS_7", "TS_7_Vol.mrc"), ("TS_7", "rec_TS_7_half2.mrc"), ("TS_7", "TS_7_full_rec.mrc.gz"),
      ("TS_7.mrc", "TS_7_bin4_denoised.rec"), ("TS_7_EVN", "TS_7_ODD.mrc"),
      ("a/b/TS_7.mrc", "TS_7_ali_rec.mrc"), ("TS_7_10.00Apx_rec.mrc", "TS_7"),
      ("TS_7.st_rec.mrc_8.00Apx.mrc", "TS_7.mrc"),
      ("say \"hi\".mrc", "say \"hi\".mrc"), ("tab\there", "tab\there.mrc"),
    ])
  func same(named: String, file: String) throws {
    let table = try Self.table("rlnTomoName", "TS_70", named, "TS_71")
    #expect(try table.points(in: Self.geometry, named: file) == [VoxelPoint(x: 2, y: 1, z: 1)])
  }

  @Test("a name that is the same goes before one of the same series") func exact() throws {
    let table = try Self.table("rlnTomoName", "TS_7_half1", "TS_7_half2", "TS_7")
    #expect(try table.points(in: Self.geometry, named: "TS_7_half2.mrc") == [VoxelPoint(x: 2, y: 1, z: 1)])
    #expect(table.remarks(onName: "TS_7_half2.mrc").isEmpty)
    let failure = #expect(throws: Failure.self) {
      _ = try table.points(in: Self.geometry, named: "TS_7_rec.mrc")
    }
    #expect(
      failure?.description
        == "several of its tomograms may be TS_7_rec: TS_7, TS_7_half1, TS_7_half2; say which with --tomogram-name"
    )
    let (points, _) = try table.located(
      in: Self.geometry, named: "TS_7_rec.mrc", taken: PointReading(tomogram: "TS_7_half1"))
    #expect(points.map(\.point.x) == [1])
  }

  @Test("the series is noted") func noted() throws {
    let table = try Self.table("rlnTomoName", "TS_7")
    #expect(
      table.remarks(onName: "TS_7_rec.mrc")
        == ["its tomogram TS_7 was taken for TS_7_rec (--tomogram-name says otherwise)"])
  }

  @Test(
    "columns that name tomograms",
    arguments: [
      ("p.csv", "x,y,z,run_name\n1,1,1,TS_1\n2,1,1,TS_2\n"),
      ("p.csv", "Experiment,x,y,z\nTS_1,1,1,1\nTS_2,2,1,1\n"),
      ("p.tsv", "tomo_name\tx\ty\tz\nTS_1\t1\t1\t1\nTS_2\t2\t1\t1\n"),
      (
        "p.star",
        "data_\nloop_\n_rlnCoordinateX\n_rlnCoordinateY\n_rlnCoordinateZ\n_wrpSourceName\n1 1 1 TS_1\n2 1 1 TS_2\n"
      ),
      (
        "p.tbl",
        "1 1 1 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 TS_1 0 0 0 2 2 2\n2 1 1 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 TS_2 0 0 0 3 2 2\n"
      ),
    ])
  func columns(name: String, text: String) throws {
    let table = try PointTableTests.table(text, name)
    #expect(try table.points(in: Self.geometry, named: "TS_2.mrc") == [VoxelPoint(x: 2, y: 1, z: 1)])
  }
}
