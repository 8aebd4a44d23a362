import Files
import FoundationEssentials
import Runs
import TestSupport
import Testing
import Volumes

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
        #expect(try files(folder.path) == [".new", ".unfinished", "picks.csv", "run.json"])
        try TestData.write([2], to: folder.file("instances.mrc"))
      }
      // It failed: what was there is there.
      #expect(try files(path) == ["picks.csv", "run.json"])
      do {
        let folder = try RunFolder(path, force: true, names: Self.names)
        try TestData.write([2], to: folder.file("instances.mrc"))
        try folder.finish(["a": 2])
      }
      #expect(try files(path) == ["instances.mrc", "run.json"])
      _ = try RunFolder("\(parent)/new", force: true, names: Self.names)
      #expect(try files(parent) == ["deep"])
    }
  }

  @Test("stores of a run's are replaced as files are, others and what else is in them stay")
  func stores() throws {
    let names = ["run.json", "semantic.zarr", "semantic.mrc"]
    func store(_ path: String, _ value: Int8) throws {
      let writer = try OMEZarrWriter<Int8>(path, geometry: Geometry(depth: 1, height: 1, width: 1))
      try writer.append([value])
      try writer.commit()
    }
    try TestData.withFolder { parent in
      let path = "\(parent)/run"
      for value in Int8(1)...3 {
        let folder = try RunFolder(path, force: true, names: names)
        try store(folder.file("semantic.zarr"), value)
        if value == 3 { continue }
        try folder.finish(["a": 1])
        #expect(try files(path) == ["run.json", "semantic.zarr"])
        #expect(try Tomogram("\(path)/semantic.zarr")[0, 0, 0] == Float(value))
      }
      // The third failed.
      #expect(try Tomogram("\(path)/semantic.zarr")[0, 0, 0] == 2)
      #expect(try files(path) == ["run.json", "semantic.zarr"])
      do {
        let folder = try RunFolder(path, force: true, names: names)
        try TestData.write([1], to: folder.file("semantic.mrc"))
        try folder.finish(["a": 2])
      }
      #expect(try files(path) == ["run.json", "semantic.mrc"])
      try store("\(path)/semantic.zarr", 4)
      try TestData.write([1], to: "\(path)/semantic.zarr/notes.txt")
      #expect(throws: Failure.self) { try RunFolder(path, force: true, names: names) }
      #expect(try files("\(path)/semantic.zarr") == [".zattrs", ".zgroup", "0", "notes.txt"])
    }
  }

  @Test(
    "what a run reads is not written over", arguments: ["instances.mrc", "picks.csv", "semantic.mrc"])
  func inputs(name: String) throws {
    try TestData.withFolder { path in
      try TestData.write([1], to: "\(path)/\(name)")
      let failure = #expect(throws: Failure.self) {
        try RunFolder(path, force: true, names: Self.names, inputs: ["\(path)/../\(Path.name(path))/\(name)"])
      }
      #expect(failure?.path == "\(path)/\(name)" && failure?.kind == .cannotCreate)
      #expect(try files(path) == [name])
    }
  }

  @Test("a killed replacement loses nothing, and needs --force again")
  func killed() throws {
    try TestData.withFolder { path in
      try TestData.write([1], to: "\(path)/run.json")
      try TestData.write([], to: "\(path)/.unfinished")
      try FileManager.default.createDirectory(atPath: "\(path)/.new", withIntermediateDirectories: false)
      try TestData.write([2], to: "\(path)/.new/picks.csv")
      #expect(throws: Failure.self) { try RunFolder(path, force: false, names: Self.names) }
      do {
        let folder = try RunFolder(path, force: true, names: Self.names)
        #expect(try files(folder.place).isEmpty)
      }
      #expect(try files(path) == ["run.json"])
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
