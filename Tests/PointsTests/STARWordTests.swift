import Files
import Points
import TestSupport
import Testing
import Volumes

/// Names of tomograms that could be words of the format.
@Suite("Names in STAR that look like its words")
struct STARWordTests {
  static let names = [
    "data_grid1_ts01.mrc", "DATA_1", "loop_", "loop_1.mrc", "_ts.mrc", "#1.mrc", "a#b.mrc", "it's.mrc",
    "'q'.mrc",
    ";t.mrc", "save_me", "stop_", "global_", "my tomo.mrc", " lead.mrc", "Grüße.mrc",
  ]

  @Test("our tables are read back", arguments: names) func written(name: String) throws {
    let picks = PickTable(
      micrograph: name, pixelSizeAngstroms: nil,
      picks: [Pick(position: VoxelPoint(x: 1, y: 2, z: 3), figureOfMerit: 0.5)])
    let table = try PointTableTests.table(picks.starText, "p.star")
    #expect(table.micrographs == [name])
    #expect(table.entries.count == 1)
  }

  @Test(
    "what cannot be written is found all the same",
    arguments: ["a\"b.mrc", "\"q\".mrc", "a\u{1}b.mrc", "a\nb.mrc"])
  func replaced(name: String) throws {
    let picks = PickTable(
      micrograph: name, pixelSizeAngstroms: nil,
      picks: [Pick(position: VoxelPoint(x: 1, y: 2, z: 3), figureOfMerit: 0.5)])
    let table = try PointTableTests.table(picks.starText, "p.star")
    #expect(try table.points(in: StatedUnitTests.geometry, named: name).count == 1)
  }

  @Test(
    "words of the format are values in a row as long as the loop",
    arguments: ["data_grid1", "loop_", "_ts", "data_", ";t"])
  func rows(name: String) throws {
    for before in ["", "first 9 9 9\n"] {
      let star = try STARFile(
        bytes: Array("data_p\nloop_\n_n #1\n_x #2\n_y\n_z\n\(before)\(name) 1 2 3\n\ndata_q\n_a 1\n".utf8))
      #expect(star.blocks.map(\.name) == ["p", "q"])
      let last = star.blocks[0].rowCount - 1
      #expect(star.value(star.blocks[0], row: last, column: 0) == name)
      #expect(star.value(star.blocks[0], row: last, column: 3) == "3")
    }
  }
}
