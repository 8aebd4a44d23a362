import Files
import FoundationEssentials
import NN
import TestSupport
import Testing
import Volumes

/// The demo weights say that their input has 192 pixels, 24 patches of 8. The paper's 518 would be refused: it is no
/// multiple of 8.
@Suite("every command that takes weights of features takes the model's own input side")
struct InputSideTests {
  private static let dino = "\(TestData.root)/Weights/demo-dinov2.safetensors"
  private static let sam = "\(TestData.root)/Weights/demo-sam.safetensors"

  private static func writeTomogram(_ path: String) throws {
    let geometry = Geometry(depth: 6, height: 20, width: 24, voxelSizeAngstroms: [10, 10, 10])
    let voxels = (0..<geometry.count).map { Float($0 * 7919 % 101) }
    try MRCWriter<Float>.write(voxels, to: path, geometry: geometry)
  }

  @Test("a size that does not fit is refused alike by all", arguments: ["encode", "features"])
  func refused(command: String) throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram("\(folder)/tomo.mrc")
      let arguments = [
        "encode": [
          "encode", "dinov2", "--weights", Self.dino, "--tomogram", "\(folder)/tomo.mrc", "--index", "3",
          "-o",
          "\(folder)/X", "--size", "518",
        ],
        "features": [
          "features", "\(folder)/tomo.mrc", "--dino", Self.dino, "--cache", "\(folder)/cache", "--dino-size",
          "518",
        ],
      ]
      let run = try ProgramRun("cryosam", arguments[command] ?? [])
      #expect(run.code == 64)
      #expect(run.error.contains("size 518 is no multiple of the model's patch size 8; use for example 512"))
    }
  }

  /// Runs `cryosam` with `arguments` in a folder with a small tomogram, whose path stands for TOMOGRAM and whose folder for
  /// FOLDER, then `check` with the folder.
  private func run(_ arguments: [String], _ check: (String) throws -> Void) throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram("\(folder)/tomo.mrc")
      let run = try ProgramRun(
        "cryosam",
        arguments.map {
          $0.replacing("TOMOGRAM", with: "\(folder)/tomo.mrc").replacing("FOLDER", with: folder)
        })
      #expect(run.code == 0, "\(run.error)")
      try check(folder)
    }
  }

  private func record(_ folder: String) throws -> JSON { try JSON(contentsOf: "\(folder)/out/run.json") }

  @Test("encode: a slice, as the README of the weights has it")
  func encode() throws {
    let arguments = ["encode", "dinov2", "--weights", Self.dino, "--tomogram", "TOMOGRAM"]
    try run(arguments + ["--axis", "z", "--index", "3", "-o", "FOLDER/X"]) { folder in
      let tokens = try SafetensorsFile("\(folder)/X").tensor("x_norm_patchtokens")
      #expect(tokens.shape == [24 * 24, 192])
    }
    try run(arguments + ["--axis", "z", "--index", "3", "--size", "64", "-o", "FOLDER/X"]) { folder in
      let tokens = try SafetensorsFile("\(folder)/X").tensor("x_norm_patchtokens")
      #expect(tokens.shape == [8 * 8, 192])
    }
  }

  @Test("encode: SAM's own side")
  func encodeWithSAM() throws {
    try run([
      "encode", "sam", "--weights", Self.sam, "--tomogram", "TOMOGRAM", "--axis", "y", "--index", "3", "-o",
      "FOLDER/X",
    ]) { folder in
      let embedding = try SafetensorsFile("\(folder)/X").tensor("image_embedding")
      #expect(embedding.shape[1...] == [24, 24])
    }
  }

  @Test("features")
  func features() throws {
    try run(["features", "TOMOGRAM", "--dino", Self.dino, "--cache", "FOLDER/cache"]) { folder in
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/cache")
      let slice = try SafetensorsFile("\(folder)/cache/\(try #require(names.first))/z-0000.safetensors")
      let grid = try slice.tensor("slice")
      #expect(grid.shape == [24 * 24, 192])
    }
  }

  @Test("match")
  func match() throws {
    try run([
      "match", "TOMOGRAM", "--dino", Self.dino, "--cache", "FOLDER/cache", "--query", "9,9,3", "-o",
      "FOLDER/out",
    ]) { folder in
      let parameters = try record(folder)["parameters"]
      #expect(parameters?["dino_size"]?.int == 192)
    }
  }

  @Test("segment")
  func segment() throws {
    try run([
      "segment", "TOMOGRAM", "--dino", Self.dino, "--sam", Self.sam, "--point", "9,9,3", "--top-k", "1",
      "--axes", "z", "-o", "FOLDER/out",
    ]) { folder in
      let parameters = try record(folder)["parameters"]
      #expect(parameters?["dino_size"]?.int == 192)
    }
  }

  @Test("study")
  func study() throws {
    try TestData.withFolder { config in
      let text = """
        tomograms:
          - {path: FOLDER/tomo.mrc, truth: TRUTH, radius: 3}
        weights: {sam: \(Self.sam), dinov2: \(Self.dino)}
        settings: {axes: z}
        sweeps:
          - {name: One, annotation: [single], top_k: [1]}

        """
      try TestData.write(Array("9 9 3\n".utf8), to: "\(config)/truth.txt")
      try Self.writeTomogram("\(config)/tomo.mrc")
      let whole = text.replacing("FOLDER", with: config).replacing("TRUTH", with: "\(config)/truth.txt")
      try TestData.write(Array(whole.utf8), to: "\(config)/study.yaml")
      let run = try ProgramRun("cryosam", ["study", "\(config)/study.yaml", "-o", "\(config)/study"])
      #expect(run.code == 0, "\(run.error)")
    }
  }
}
