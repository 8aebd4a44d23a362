import Files
import TestSupport
import Testing
import Viewer
import Volumes

@Suite("cryosam view on a project", .serialized)
struct ProjectViewTests {
  /// A project of two tomograms, `a` and `b`, of which none is done.
  static func writeProject(_ folder: String) throws {
    try Folder.make("\(folder)/data")
    for (number, name) in ["a", "b"].enumerated() {
      let geometry = Geometry(depth: 6, height: 10 + number, width: 12, voxelSizeAngstroms: [10, 10, 10])
      let voxels = (0..<geometry.count).map { Float(($0 * 7919) % 311) }
      try MRCWriter<Float>.write(voxels, to: "\(folder)/data/\(name).mrc", geometry: geometry)
    }
    let text = """
      weights:
        sam: sam.safetensors
      tomograms:
        - name: a
          path: data/a.mrc
          points: [3,4,5]
        - name: b
          path: data/b.mrc

      """
    try TestData.write(Array(text.utf8), to: "\(folder)/project.yaml")
  }

  @Test("a list with states, and each tomogram in a viewer of its own") func list() throws {
    try TestData.withFolder { folder in
      try Self.writeProject("\(folder)/lab")
      let view = try ViewProcess(["\(folder)/lab"], in: folder)
      let list = try ViewTests.json(HTTPClient.get(view.port, "\(view.root)list"))
      #expect(list["title"]?.string == "lab")
      let items = try #require(list["items"]?.array)
      #expect(items.map { $0["name"]?.string } == ["a", "b"])
      #expect(items.allSatisfy { $0["state"]?.string == "missing" && $0["picks"] == .null })
      for (name, height) in [("a", 10), ("b", 11), ("a", 10)] {
        let volume = try ViewTests.json(HTTPClient.get(view.port, "\(view.root)\(name)/volume"))
        #expect(volume["shape"]?.ints == [6, height, 12] && volume["listed"] == .bool(true))
        #expect(HTTPClient.get(view.port, "\(view.root)\(name)/slice/z/0")?.body.count == height * 12)
        #expect(HTTPClient.get(view.port, "\(view.root)\(name)/")?.code == 200)
      }
      for path in [
        "c/volume", "../a/volume", "a/../b/volume", "volume", "slice/z/0", "a//volume", "project.yaml",
      ] {
        #expect(HTTPClient.get(view.port, "\(view.root)\(path)")?.code == 404, "\(path)")
      }
      #expect(HTTPClient.post(view.port, "\(view.root)list", "")?.code == 404)
      #expect(HTTPClient.post(view.port, "\(view.root)a/act", #"{"do": "undo"}"#)?.code == 409)
      view.kill()
      // What was only looked at has nothing new.
      #expect(try TestData.names(in: "\(folder)/lab").sorted() == ["data", "project.yaml"])
    }
  }

  @Test("weights, and a project that is none, are refused in a line") func refusals() throws {
    try TestData.withFolder { folder in
      try Self.writeProject("\(folder)/lab")
      let marked = try ProgramRun("cryosam", ["view", "\(folder)/lab", "--sam", "s.safetensors"])
      #expect(marked.code == 64 && marked.error.contains("leave --sam out"), "\(marked.error)")
      try TestData.write(Array("tomograms: 7\n".utf8), to: "\(folder)/lab/project.yaml")
      let broken = try ProgramRun("cryosam", ["view", "\(folder)/lab"])
      #expect(broken.code == 65 && broken.error.contains("project.yaml"), "\(broken.error)")
    }
  }
}
