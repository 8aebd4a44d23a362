import Files
import Project
import TestSupport
import Testing

@Suite("project.yaml")
struct ProjectFileTests {
  static func project(
    _ folder: String, settings: [(String, String)] = [], points: [[String]] = [["120,88,40"], []]
  ) throws -> Project {
    var values = ProjectSettings()
    for (name, value) in settings { try values.add(name, value) }
    return Project(
      folder: folder, dino: .init("/w/dino.safetensors", sha256: "ab"),
      sam: .init("/w/sam.safetensors", sha256: "12"), query: nil, settings: values, keepsSlices: true,
      subjects: points.enumerated().map { number, points in
        Project.Subject(
          name: "tomo\(number + 1)", path: "/data/it's \"tomo\" \(number + 1).mrc", points: points,
          size: SIMD3(160, 150, 64), voxelSize: 10.5)
      })
  }

  @Test("what is written is read again")
  func roundTrip() throws {
    try TestData.withFolder { folder in
      let written = try Self.project(
        "\(folder)/lab", settings: [("similarity", "0.4"), ("contrast", "1,99"), ("invert", "true")],
        points: [["120,88,40", "a class: with #=1,2.5,3"], []])
      try written.write(force: false)
      let read = try Project("\(folder)/lab")
      #expect(read.text == written.text)
      #expect(read.subjects.map(\.points) == written.subjects.map(\.points))
      #expect(read.subjects.map(\.path) == written.subjects.map(\.path))
      #expect(read.settings.arguments == ["--similarity=0.4", "--contrast=1,99", "--invert"])
      #expect(read.prompted == [0] && read.unprompted == [1])
      #expect(read.slices(of: read.subjects[0]) == SliceCounts(features: 374, embeddings: 374))
      let refusal = #expect(throws: Failure.self) { try written.write(force: false) }
      #expect(refusal?.kind == .cannotCreate)
      try written.write(force: true)
    }
  }

  @Test(
    "what is wrong is told with its line",
    arguments: [
      ("tomograms:\n  - path: a\n    points: [1,2,3]\n", "'weights' is missing"),
      ("W", "'tomograms' is missing"),
      ("Wtomograms:\n  - path: a.mrc\n", "no points, and there is no query"),
      ("Wquery: q\ntomograms:\n  - path: x/a.mrc\n  - path: y/A.mrc\n", "two called"),
      (
        "Wquery: q\ntomograms:\n  - path: a\n    name: a/b\n",
        "line 6: 'tomograms, item 1: name' is called"
      ),
      ("Wquery: q\ntomograms:\n  - path: a\n    size: [1, 2]\n", "three numbers"),
      ("Wquery: q\nsettings:\n  similarty: 1\ntomograms:\n  - path: a\n", "did you mean 'similarity'"),
      ("Wquery: q\nsettings:\n  invert: 3\ntomograms:\n  - path: a\n", "give true or false"),
      ("Wquery: q\nslices: some\ntomograms:\n  - path: a\n", "line 4"),
      ("Wquery: q\ntomograms:\n  - path: a\n    run: TS_1\n", "'a' is a run of a copick project"),
      (
        "Wcopick:\n  config: c\n  tomo_type: wbp\nquery: q\ntomograms:\n  - path: a\n",
        "'voxel_spacing' is missing"
      ),
      ("weights:\n  dino: d\nquery: q\ntomograms:\n  - path: a\n", "'sam' is missing"),
    ] as [(String, String)])
  func refusals(text: String, reason: String) throws {
    let failure = #expect(throws: Failure.self) {
      let whole = text.replacing("W", with: "weights:\n  sam: s\n")
      _ = try Project(try YAML(parsing: Array(whole.utf8)), in: "lab")
    }
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }

  @Test("runs of a copick project")
  func copick() throws {
    try TestData.withFolder { folder in
      let text = """
        weights: {sam: s}
        copick: {config: ../c.json, tomo_type: wbp, voxel_spacing: 10, user: me, session: 7, object: tric}
        tomograms:
          - {path: /a.zarr, run: TS 1, name: TS_1, points: [1, 2, 3]}
          - {path: /b.mrc}
        """
      let project = try Project(try YAML(parsing: Array(text.utf8)), in: folder)
      try project.write(force: false)
      let read = try Project(folder)
      #expect(
        read.tomogram(read.subjects[0]) == [
          "--copick=\(folder)/../c.json", "--run=TS 1", "--tomo-type=wbp", "--voxel-spacing=10.0",
          "--copick-user=me", "--copick-session=7", "--copick-object=tric",
        ])
      #expect(read.tomogram(read.subjects[1]) == ["/b.mrc"])
      #expect(read.text == project.text)
    }
  }

  @Test("one point may stand without a list around it; paths are seen from the folder")
  func forms() throws {
    let text = "weights:\n  sam: s\ntomograms:\n  - path: ../a.mrc\n    points: [120, 88, 40.5]\n"
    let project = try Project(try YAML(parsing: Array(text.utf8)), in: "lab")
    #expect(project.subjects[0].points == ["120,88,40.5"])
    #expect(project.subjects[0].path == "lab/../a.mrc" && project.subjects[0].name == "a")
  }

  @Test(
    "names of tomograms",
    arguments: [
      (["a/t1.mrc", "a/t2.rec.gz"], ["t1", "t2"]), (["a/t.mrc", "b/t.mrc"], ["a-t", "b-t"]),
      (["x/a/t.mrc", "y/a/t.mrc"], ["a-t", "a-t-2"]), (["a/täg 1.mrc", "a/.b.mrc"], ["t_g_1", "_b"]),
      (["a/T.mrc", "b/t.mrc"], ["a-T", "b-t"]),
    ])
  func names(paths: [String], expected: [String]) {
    #expect(Project.Subject.names(of: paths) == expected)
  }
}
