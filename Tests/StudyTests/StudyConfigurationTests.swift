import Files
import Study
import TestSupport
import Testing
import Volumes

@Suite("Configurations of studies")
struct StudyConfigurationTests {
  /// Makes the empty files that a configuration names, and reads it.
  static func read(_ text: String, files: [String], in folder: String) throws -> StudyConfiguration {
    for name in files { try TestData.write([], to: "\(folder)/\(name)") }
    try TestData.write(Array(text.utf8), to: "\(folder)/study.yaml")
    return try StudyConfiguration("\(folder)/study.yaml")
  }

  static let files = ["a.mrc", "b.mrc", "t.csv", "i.mrc", "sam.st", "dino.st", "dinov2.st", "p.cbox"]
  static let good = """
    tomograms:
      - path: '*.mrc'
        truth: t.csv
        radius: 10
    weights:
      sam: sam.st
      dinov2: dinov2.st
    sweeps:
      - name: one
        annotation: [single, 10]
        top_k: [512, all]
        sets: 2

    """

  @Test("what the sweeps mean") func meaning() throws {
    try TestData.withFolder { folder in
      let study = try Self.read(Self.good, files: Self.files, in: folder)
      #expect(study.subjects.map(\.name).joined(separator: " ") == "a b i")
      #expect(study.subjects[1].path == "\(folder)/b.mrc")
      #expect(study.sweeps[0].methods.count == 2 && study.runs.count == 3 * 2 * 2 * 2)
      let last = try #require(study.runs.last)
      #expect(last.tomogram == 2 && last.set == 2 && last.method.topK == nil)
      #expect(last.annotation.description == "10%" && last.method.features == .dinov2)
      #expect(study.sweeps[0].pictureName == "one.svg")
    }
  }

  @Test("runs that two sweeps share are done once") func shared() throws {
    try TestData.withFolder { folder in
      let more = Self.good + "  - name: two\n    annotation: [10, 30]\n    tomograms: 2\n"
      let study = try Self.read(more, files: Self.files, in: folder)
      // 10 % with K 512, set 1 is in both.
      #expect(study.runs.count == 24 + 2)
      #expect(study.runs(on: 2).count == 8)
    }
  }

  @Test("the example is a good configuration") func example() throws {
    try TestData.withFolder { folder in
      // All files of the example, in one folder.
      let text = StudyConfiguration.example.replacing("phantom-1/", with: "1").replacing(
        "phantom-2/", with: "2"
      )
      .replacing("weights/", with: "w").replacing("cryolo/", with: "c")
      let files = [
        "1tomogram.mrc", "2tomogram.mrc", "1particles.star", "2particles.star", "1instances.mrc",
        "wsam.safetensors", "wdinov2.safetensors", "wdino.safetensors", "c1.cbox", "c2.cbox",
      ]
      let study = try Self.read(text, files: files, in: folder)
      #expect(study.subjects.count == 2 && study.subjects[1].name == "second")
      #expect(study.sweeps.count == 4 && study.picks.count == 1)
      let place = study.subjects[1].coordinates(
        VoxelPoint(x: 1, y: 2.6, z: 20.5), in: VolumeShape(40, 50, 60))
      #expect(place == VoxelPoint(x: 58, y: 46, z: 4))
    }
  }

  @Test(
    "what is wrong is named by line and key",
    arguments: [
      ("radius: 10", "radius: ten", "line 4: 'tomograms, item 1: radius' is 'ten'; give voxels"),
      ("sets: 2", "set: 2", "line 12: unknown key 'set' in 'sweeps, item 1'; did you mean 'sets'?"),
      ("sets: 2", "sets: 0", "line 12: 'sweeps, item 1: sets' must be a whole number from 1 to 10000"),
      ("truth: t.csv", "truth: u.csv", "which is not there"),
      ("'*.mrc'", "'*.map'", "which no file fits"), ("'*.mrc'", "'*.*'", "more than one '*'"),
      ("truth: t.csv", "truth: t.csv\n    name: x", "cannot share a name"),
      ("sam: sam.st", "samm: sam.st", "line 6: the key 'sam' is missing in 'weights'; add it"),
      ("[single, 10]", "[single, 0]", "line 10: 'sweeps, item 1: annotation, item 2' is '0'"),
      ("[single, 10]", "[10, 10%]", "'sweeps, item 1: annotation' has an item twice"),
      ("[single, 10]", "[]", "'sweeps, item 1: annotation' is empty"),
      ("[512, all]", "[all, al]", "'sweeps, item 1: top_k, item 2' must be a whole number"),
      ("sets: 2", "features: dino", "'sweeps, item 1: features' needs weights for 'dino'; add them"),
      (
        "sets: 2", "features: dinov3",
        "line 12: 'sweeps, item 1: features' is 'dinov3'; did you mean 'dinov2'?"
      ),
      ("sets: 2", "matching: naive\n    profile: reference", "has no naive matching"),
      ("sets: 2", "tomograms: 4", "must be a whole number from 1 to 3"),
      (
        "weights:", "settings:\n  iou: 2\nweights:",
        "line 6: 'settings: iou' must be a number from 0.0 to 1.0"
      ),
      (
        "weights:", "settings:\n  axes: zz\nweights:",
        "line 6: 'settings: axes' is 'zz'; give some of z, y, x"
      ),
      ("weights:", "settings:\n  contrast: [5]\nweights:", "must be two percentiles"),
      ("weights:", "seeds: 2\nweights:", "line 5: unknown key 'seeds'; did you mean 'seed'?"),
      (
        "weights:", "picks:\n  - method: a\n    tables: [t.csv, t.csv]\nweights:",
        "has 2 tables for 3 tomograms"
      ),
      ("    sets: 2", "  - name: one\n    annotation: 5", "has two sweeps called 'one'"),
      ("tomograms:", "tomogram:", "line 1: the key 'tomograms' is missing; add it"),
    ])
  func wrong(old: String, new: String, message: String) throws {
    try TestData.withFolder { folder in
      let text = Self.good.replacing(old, with: new, maxReplacements: 1)
      let failure = #expect(throws: Failure.self) {
        try Self.read(text, files: Self.files, in: folder)
      }
      #expect(failure?.path == "\(folder)/study.yaml")
      #expect(failure?.description.contains(message) == true, "\(String(describing: failure))")
    }
  }

  @Test("the recipe for EMPIAR-10499 is a good configuration") func recipe() throws {
    try TestData.withFolder { folder in
      let recipe = String(
        decoding: try TestData.bytes("\(TestData.root)/docs/empiar-10499.yaml"), as: UTF8.self)
      let text = recipe.replacing("10499/denoised/", with: "./").replacing("10499/", with: "")
        .replacing("weights/", with: "")
      let tomograms = (0..<65).map { "\(10_000 + $0)_10.00Apx.mrc" }
      let files = [
        "CmMpribo_18987_10A_for_original_and_deconv_tomograms.star", "sam_vit_h.safetensors",
        "dinov2_vitl14.safetensors", "dino_vitb16.safetensors",
      ]
      let study = try Self.read(text, files: tomograms + files, in: folder)
      #expect(study.subjects.count == 65)
      // Table 1; in the others 2 ratios of 2 extractors, 1 strategy and 2 K more.
      #expect(study.runs.count == 65 * 30 + 20 * 2 * (2 + 1 + 2))
      // round([z - 16, H - 1 - y, W - 1 - x]) of the released code, halves to even.
      let place = study.subjects[0].coordinates(
        VoxelPoint(x: 10.5, y: 20.5, z: 30.5), in: VolumeShape(64, 100, 200))
      #expect(place == VoxelPoint(x: 188, y: 78, z: 14))
    }
  }

  @Test(
    "annotation ratios", arguments: [("single", 1), ("5", 1), ("10%", 3), ("30", 8), ("100", 25), ("0.1", 1)])
  func ratios(text: String, count: Int) throws {
    #expect(try #require(Annotation(text)).count(of: 25) == count)
  }

  @Test("no ratios", arguments: ["0", "-5", "101", "nan", "all", ""])
  func noRatios(text: String) { #expect(Annotation(text) == nil) }
}
