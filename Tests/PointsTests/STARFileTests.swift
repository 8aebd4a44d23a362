import Files
import Points
import Testing

@Suite("STAR")
struct STARFileTests {
  @Test("blocks, loops, pairs, quotes and comments") func grammar() throws {
    let text = """
      \u{FEFF}# version 30001

      data_optics

      _rlnOpticsGroup 1   # one
      _rlnName "with blanks # and a hash"
      data_particles   # the points
      loop_
      _rlnMicrographName #1
      _rlnCoordinateX #2 # x

      a.mrc\t1.5
      'my "tomo".mrc' -2e-3 # trailing
        "it's" 7

      data_empty
      loop_
      _rlnNothing #1
      """
    let star = try STARFile(bytes: Array(text.replacing("\n", with: "\r\n").utf8))
    #expect(star.blocks.map(\.name) == ["optics", "particles", "empty"])
    #expect(star.blocks.map(\.isLoop) == [false, true, true])
    #expect(star.blocks.map(\.rowCount) == [1, 3, 0])
    let (optics, particles) = (star.blocks[0], star.blocks[1])
    #expect(star.value(optics, row: 0, column: 1) == "with blanks # and a hash")
    #expect(particles.columns == ["rlnMicrographName", "rlnCoordinateX"])
    #expect(star.value(particles, row: 1, column: 0) == "my \"tomo\".mrc")
    #expect(star.value(particles, row: 2, column: 0) == "it's")
    #expect(particles.line(ofRow: 0) == 12)
    #expect(particles.line(ofRow: 2) == 14)
  }

  @Test(
    "malformed files are refused",
    arguments: [
      ("", "has no data_ block: it is not a STAR file"),
      ("# only a comment\n", "has no data_ block: it is not a STAR file"),
      ("loop_\n_a\n1\n", "line 1 stands before any data_ block: it is not a STAR file"),
      ("1 2 3\n", "line 1 stands before any data_ block: it is not a STAR file"),
      ("_a 1\n", "line 1 stands before any data_ block: it is not a STAR file"),
      ("data_x\nloop_\n_a\n_b\n1 2\n3\n", "line 6 has 1 values for 2 columns"),
      ("data_x\nloop_\n_a\n_b\n1 2 3\n", "line 5 has 3 values for 2 columns"),
      ("data_x\nloop_\n1 2\n", "line 3: the loop has no columns"),
      ("data_x\nloop_\n", "the loop of data_x has no columns"),
      ("data_x\nloop_\n_a\n_a\n1 2\n", "line 4: the column _a is there twice or has no name"),
      ("data_x\nloop_\n_\n1\n", "line 3: the column _ is there twice or has no name"),
      ("data_x\nloop_\n_a 5\n1\n", "line 3: the column _a of a loop has a value beside it"),
      ("data_x\n_a\n", "line 2: _a has 0 values, not one"),
      ("data_x\n_a 1 2\n", "line 2: _a has 2 values, not one"),
      ("data_x\n_a 1\n_a 2\n", "line 3: the column _a is there twice or has no name"),
      ("data_x\nstray\n", "line 2: 'stray' stands outside any loop"),
      ("data_x\n_a 'open\n", "line 2: a quote is not closed"),
      ("data_x\n_a\n;text\n;\n", "line 2: _a has 0 values, not one"),
      ("data_x\nloop_\n_a\n;text\n;\n", "line 4: text blocks between semicolons are not supported"),
      ("data_x\n\u{0}\n", "is not a text file: it holds zero bytes"),
    ])
  func malformed(text: String, reason: String) {
    let failure = #expect(throws: Failure.self) { _ = try STARFile(bytes: Array(text.utf8)) }
    #expect(failure?.reason == reason)
    #expect(failure?.kind == .badData)
  }

  @Test("a flood of columns is refused") func columns() {
    let text = "data_x\nloop_\n" + (0...1000).map { "_c\($0)\n" }.joined()
    let failure = #expect(throws: Failure.self) { _ = try STARFile(bytes: Array(text.utf8)) }
    #expect(failure?.reason == "line 1003: a table has more than 1000 columns")
  }
}
