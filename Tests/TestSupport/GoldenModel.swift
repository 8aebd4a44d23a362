import Checkpoints
import FoundationEssentials
import NN
import Synchronization

/// The small reference models, converted from their checkpoints as a user would.
public enum GoldenModel {
  private static let heads = [
    "dino/dinov2_reg4": 3, "dino/dinov2_noreg": 2, "dino/dinov2_swiglu": 4, "dino/dinov2_eps": 1,
    "dino/dinov1_p16": 3, "dino/dinov1_p8": 2, "models/dino_trained": 3,
  ]
  private static let converted = Mutex<[String: SafetensorsFile]>([:])

  /// The weights file of `name`, for example `dino/dinov2_reg4`; converted once in a run of the tests.
  ///
  /// The file itself is removed at once: the mapping keeps its contents.
  public static func file(_ name: String) throws -> SafetensorsFile {
    try converted.withLock { converted in
      if let file = converted[name] { return file }
      let file = try TestData.withFolder { folder in
        try convert(name, to: "\(folder)/model.safetensors")
        return try SafetensorsFile("\(folder)/model.safetensors")
      }
      converted[name] = file
      return file
    }
  }

  /// Writes the weights file of `name` to `path`.
  public static func convert(_ name: String, to path: String) throws {
    let checkpoint = try Checkpoint([TestData.path("golden/\(name).pth")])
    try Conversion(checkpoint, heads: heads[name]).write(to: path, as: .f32, tool: "tests") { _ in }
  }
}
