import Files
import Project
import TestSupport
import Testing

@Suite("state of a project")
struct ProjectStateTests {
  /// Tomograms 0 and 1 have points, 2 has none.
  private func project(_ folder: String, settings: [(String, String)] = []) throws -> Project {
    let project = try ProjectFileTests.project(
      folder, settings: settings, points: [["1,2,3"], ["4,5,6"], []])
    try project.makeFolders()
    return project
  }

  private func finish(_ number: Int, _ project: Project) throws {
    let results = project.results(project.subjects[number])
    try Folder.make(results)
    try TestData.write(Array("{\"counts\": {\"instances\": 7}}".utf8), to: "\(results)/run.json")
    try TestData.write(Array("query \(number)".utf8), to: "\(results)/query.safetensors")
    try project.store(.done(seconds: 3), number, key: project.key(number, project.queries()))
  }

  @Test("tomograms without points wait for the others, and take the queries of those that are done")
  func queries() throws {
    try TestData.withFolder { folder in
      let project = try project(folder)
      #expect(project.states() == [.missing, .missing, .missing] && project.queries() == .waiting)
      try finish(0, project)
      #expect(project.states() == [.done(seconds: 3), .missing, .missing] && project.queries() == .waiting)
      try project.store(.failed("no"), 1, key: project.key(1, project.queries()))
      #expect(project.queries().paths == ["\(folder)/results/tomo1/query.safetensors"])
      try finish(2, project)
      #expect(project.states() == [.done(seconds: 3), .failed("no"), .done(seconds: 3)])
      let status = ProjectStatus(project)
      #expect(status.line == "2 of 3 done, 1 failed" && status.rows[0].picks == 7)

      // One more query: what was found without it is missing.
      try finish(1, project)
      #expect(project.states() == [.done(seconds: 3), .done(seconds: 3), .missing])
    }
  }

  @Test("what a change concerns is missing: settings, points, weights, the file, the record")
  func changes() throws {
    try TestData.withFolder { folder in
      let first = try project(folder)
      try finish(0, first)
      #expect(first.states()[0].isDone)
      #expect(try project(folder, settings: [("similarity", "0.3")]).states()[0] == .missing)
      let others = [
        Project(
          folder: folder, dino: first.dino, sam: first.sam, query: nil, settings: first.settings,
          keepsSlices: true,
          subjects: [
            Project.Subject(
              name: "tomo1", path: first.subjects[0].path, points: ["9,9,9"], size: nil, voxelSize: nil)
          ]),
        Project(
          folder: folder, dino: first.dino, sam: .init(first.sam.path, sha256: "other"), query: nil,
          settings: first.settings, keepsSlices: true, subjects: first.subjects),
        Project(
          folder: folder, dino: first.dino, sam: first.sam, query: nil, settings: first.settings,
          keepsSlices: true,
          subjects: [
            Project.Subject(
              name: "tomo1", path: "\(folder)/project.mrc", points: ["1,2,3"], size: nil, voxelSize: nil)
          ]),
      ]
      for other in others { #expect(other.states()[0] == .missing) }
      // The slices that are kept or not, and names of sizes, change nothing.
      let discarding = Project(
        folder: folder, dino: first.dino, sam: first.sam, query: nil, settings: first.settings,
        keepsSlices: false, subjects: first.subjects)
      #expect(discarding.states()[0].isDone)
      try TestData.remove("\(first.results(first.subjects[0]))/run.json")
      #expect(first.states()[0] == .missing)
    }
  }

  @Test("slices count as stored if the project's weights and settings make them")
  func stored() throws {
    try TestData.withFolder { folder in
      func make(_ name: String, _ key: String, slices: Int) throws {
        let cache = "\(folder)/slices/tomo1/\(name)"
        try Folder.make(cache)
        if !key.isEmpty { try TestData.write(Array(key.utf8), to: "\(cache)/key.json") }
        for slice in 0..<slices { try TestData.write([1], to: "\(cache)/z-000\(slice).safetensors") }
      }
      let first = try project(folder)
      try make("features-1", #"{"weights_sha256": "ab"}"#, slices: 1)
      try make("features-2", #"{"weights_sha256": "ab", "precision": "int8"}"#, slices: 2)
      try make("features-3", #"{"weights_sha256": "other"}"#, slices: 4)
      try make("features-4", "", slices: 4)
      try make("embeddings-1", #"{"weights_sha256": "12", "stored_as": "float16"}"#, slices: 3)
      try make("embeddings-2", #"{"weights_sha256": "12", "precision": "int8"}"#, slices: 5)
      func stored(_ settings: [(String, String)]) throws -> SliceCounts {
        try project(folder, settings: settings).stored(first.subjects[0])
      }
      #expect(try stored([]) == SliceCounts(features: 1, embeddings: 0))
      #expect(try stored([("precision", "int8")]) == SliceCounts(features: 2, embeddings: 5))
      #expect(
        try stored([("precision", "int8"), ("precision_fallback", "true")])
          == SliceCounts(features: 3, embeddings: 5))
      #expect(try stored([("stored_as", "float16")]) == SliceCounts(features: 0, embeddings: 3))
    }
  }
}
