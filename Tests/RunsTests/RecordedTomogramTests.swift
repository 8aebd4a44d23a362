import Files
import FoundationEssentials
import Runs
import TestSupport
import Testing

@Suite("The tomogram that a record names")
struct RecordedTomogramTests {
  @Test(
    "is found from any folder",
    arguments: [
      ("t.mrc", "start", "start/t.mrc"), ("data/t.mrc", "gone", "project/data/t.mrc"),
      ("far/away/t.mrc", nil, "project/t.mrc"), ("t.mrc", nil, "project/result/t.mrc"),
      ("/nowhere/t.mrc", nil, "project/t.mrc"),
    ])
  func found(recorded: String, start: String?, place: String) throws {
    try TestData.withFolder { root in
      for folder in ["start", "project/result", "project/data"] { try Folder.make("\(root)/\(folder)") }
      try TestData.write([1], to: "\(root)/\(place)")
      var record = RunRecord(version: "1", command: [], workingFolder: start.map { "\(root)/\($0)" })
      record.add(inputs: [("tomogram", .init(recorded, sha256: "ab"))])
      let path = try RecordedTomogram.path(in: record.json, of: "\(root)/project/result")
      #expect(try TestData.bytes(path) == [1])
      try RecordedTomogram.check("ab", of: path, in: record.json)
      #expect(throws: Failure.self) { try RecordedTomogram.check("cd", of: path, in: record.json) }
    }
  }

  @Test("that is nowhere is asked for", arguments: ["t.mrc", "a/t.mrc", "/nowhere/t.mrc"])
  func missing(recorded: String) throws {
    try TestData.withFolder { root in
      var record = RunRecord(version: "1", command: [])
      record.add(inputs: [("tomogram", .init(recorded, sha256: "ab"))])
      let failure = #expect(throws: Failure.self) { try RecordedTomogram.path(in: record.json, of: root) }
      #expect(failure?.remedy?.contains("--tomogram") == true)
    }
  }
}
