import Files
import NN
import TestSupport
import Testing
import Volumes

@Suite("commands in narrower precisions")
struct PrecisionTests {
  private static let dino = "\(TestData.root)/Weights/demo-dinov2.safetensors"
  private static let sam = "\(TestData.root)/Weights/demo-sam.safetensors"

  private static func writeTomogram(_ folder: String) throws {
    let geometry = Geometry(depth: 6, height: 20, width: 24, voxelSizeAngstroms: [10, 10, 10])
    let voxels = (0..<geometry.count).map { Float($0 * 7919 % 101) }
    try MRCWriter<Float>.write(voxels, to: "\(folder)/tomo.mrc", geometry: geometry)
  }

  @Test(
    "tokens are near to those of float32, not the same, and the same bytes for every number of threads",
    arguments: [("int8", 0.05), ("bfloat16", 0.01)])
  func encode(precision: String, limit: Double) throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram(folder)
      func encoded(_ precision: String, threads: Int) throws -> [Float] {
        let path = "\(folder)/\(precision)-\(threads).safetensors"
        let run = try ProgramRun(
          "cryosam",
          [
            "encode", "dinov2", "--weights", Self.dino, "--tomogram", "\(folder)/tomo.mrc", "--index", "3",
            "-o", path,
            "--precision", precision, "--threads", "\(threads)",
          ])
        #expect(run.code == 0, "\(run.error)")
        return try SafetensorsFile(path).floats("x_norm_patchtokens")
      }
      let exact = try encoded("float32", threads: 1)
      let narrow = try encoded(precision, threads: 1)
      var (error, norm) = (0.0, 0.0)
      for (a, b) in zip(narrow, exact) {
        error += Double((a - b) * (a - b))
        norm += Double(b * b)
      }
      let relative = (error / norm).squareRoot()
      #expect(narrow.count == exact.count && relative > 1e-5 && relative < limit, "\(relative)")
      for threads in [2, 3] { #expect(try encoded(precision, threads: threads) == narrow) }
    }
  }

  @Test(
    "a cache is of one precision; before slices are encoded they are compared with float32, and not again")
  func features() throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram(folder)
      func run(_ options: [String]) throws -> ProgramRun {
        let run = try ProgramRun(
          "cryosam",
          ["features", "\(folder)/tomo.mrc", "--dino", Self.dino, "--cache", "\(folder)/cache"] + options)
        #expect(run.code == 0, "\(run.error)")
        return run
      }
      #expect(try !run([]).error.contains("beside float32"))
      let first = try run(["--precision", "int8"])
      #expect(first.error.contains("int8 beside float32 on 3 slices: cosine of features "))
      #expect(first.output.contains("47 slices encoded, 3 were there"))
      let second = try run(["--precision", "int8"])
      #expect(!second.error.contains("beside float32") && second.output.hasPrefix("0 slices encoded, 50"))
      #expect(try run([]).output.hasPrefix("0 slices encoded, 50"))
    }
  }

  /// Writes the weights of DINOv2 with the first input of each block's attention 100,000 times as large, and the norm before
  /// it as much smaller: the same function, but for rounding.
  private static func writeUneven(_ path: String) throws {
    let file = try SafetensorsFile(dino)
    let tensors = try file.names.map { name in
      let tensor = try file.tensor(name)
      var values = tensor.values
      if name.contains(".norm1.") { values[0] /= 100_000 }
      if name.hasSuffix("attn.qkv.weight") {
        for row in 0..<tensor.shape[0] { values[row * tensor.shape[1]] *= 100_000 }
      }
      return (name, Tensor(tensor.shape, values))
    }
    try SafetensorsFile.write(tensors, metadata: file.metadata, to: path)
  }

  @Test(
    "weights that int8 cannot hold end the run before it begins, or it goes on in float32 where that is asked for"
  )
  func fallback() throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram(folder)
      try Self.writeUneven("\(folder)/dino")
      func run(_ options: String...) throws -> ProgramRun {
        try ProgramRun(
          "cryosam",
          ["features", "\(folder)/tomo.mrc", "--dino", "\(folder)/dino", "--cache", "\(folder)/cache"]
            + options)
      }
      let refused = try run("--precision", "int8")
      #expect(refused.code == 65 && refused.error.contains("use --precision float32"), "\(refused.error)")
      #expect(refused.error.contains("int8 beside float32 on 3 slices: cosine of features "))
      let fallen = try run("--precision", "int8", "--precision-fallback")
      #expect(fallen.code == 0 && fallen.error.contains("going on in float32"), "\(fallen.error)")
      // What it stored are float32's slices.
      #expect(try run().output.hasPrefix("0 slices encoded, 50"))
    }
  }

  @Test("the record tells precision and check; only axes that are followed are compared")
  func record() throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram(folder)
      let run = try ProgramRun(
        "cryosam",
        [
          "instance", "\(folder)/tomo.mrc", "--sam", Self.sam, "--point", "12,10,3", "-o", "\(folder)/out",
          "--precision", "int8", "--axes", "z",
        ])
      #expect(run.code == 0, "\(run.error)")
      let record = try JSON(contentsOf: "\(folder)/out/run.json")
      #expect(record["parameters"]?["precision"]?.string == "int8")
      #expect(record["precision_check"]?["slices"]?.int == 1)
      #expect(record["precision_check"]?["holds"]?.bool == true)
    }
  }
}
