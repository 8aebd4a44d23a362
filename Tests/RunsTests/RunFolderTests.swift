import Files
import FoundationEssentials
import Runs
import TestSupport
import Testing

@Suite("A run's folder")
struct RunFolderTests {
  private static let names = ["run.json", "semantic.mrc", "instances.mrc", "picks.csv"]

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test("results are replaced only if they are unfinished or by force")
  func replacing() throws {
    try TestData.withFolder { parent in
      let path = "\(parent)/deep/run"
      do {
        let folder = try RunFolder(path, force: false, names: Self.names)
        try TestData.write([1], to: folder.file("semantic.mrc"))
        try TestData.write([1], to: "\(path)/.instances.mrc.123.partial")
        // Here it is killed.
      }
      do {
        let folder = try RunFolder(path, force: false, names: Self.names)
        #expect(try files(path) == [".unfinished"])
        try TestData.write([1], to: folder.file("picks.csv"))
        try folder.finish(["a": 1])
      }
      #expect(try files(path) == ["picks.csv", "run.json"])
      let failure = #expect(throws: Failure.self) { try RunFolder(path, force: false, names: Self.names) }
      #expect(failure?.kind == .cannotCreate)
      #expect(failure?.remedy?.contains("--force") == true)
      #expect(try files(path) == ["picks.csv", "run.json"])
      do {
        let folder = try RunFolder(path, force: true, names: Self.names)
        #expect(try files(folder.path) == [".unfinished"])
      }
      #expect(try files(path).isEmpty)
      _ = try RunFolder("\(parent)/new", force: true, names: Self.names)
      #expect(try files(parent) == ["deep"])
    }
  }

  @Test("two runs do not share a folder")
  func locked() throws {
    try TestData.withFolder { path in
      let first = try RunFolder(path, force: false, names: Self.names)
      let failure = #expect(throws: Failure.self) { try RunFolder(path, force: true, names: Self.names) }
      #expect(failure?.kind == .tryAgain)
      try first.finish(["a": 1])
    }
  }
}
