import Files
import Images
import NN
import Volumes

/// What a cache folder's contents were computed from. Anything that would change them is part of the key, so a
/// cache of other weights, another tomogram or other settings is never used.
public struct SliceKey: Sendable {
  /// One of `kinds`.
  public let kind: String
  static let kinds = ["features", "embeddings"]
  /// The key as JSON, in a fixed order.
  public let description: JSON
  /// SHA-256 of the description's text.
  public let digest: String

  /// The numbers that its slices are stored in.
  let storage: SliceStorage

  /// Raised when the files of a cache change their form.
  static let formatVersion = 1

  private init(kind: String, _ storage: SliceStorage, _ parts: [(String, JSON)]) {
    var object = JSON.Object()
    object.append("kind", .string(kind))
    object.append("format", .integer(Self.formatVersion))
    for (name, value) in parts + storage.keyParts { object.append(name, value) }
    (self.kind, self.storage) = (kind, storage)
    description = .object(object)
    digest = Array(description.text.utf8).withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  /// `features-` and 16 digits of the digest.
  var folderName: String { "\(kind)-\(digest.prefix(16))" }

  /// The key of feature slices.
  public static func features(
    tomogram: String, shape: VolumeShape, weights: String, input: EncoderInput,
    cleaning: VoxelCleaning = .none, precision: Precision = .float32, storage: SliceStorage = .float32
  ) -> SliceKey {
    SliceKey(
      kind: "features", storage,
      [
        ("tomogram_sha256", .string(tomogram)), ("shape", shape.json), ("weights_sha256", .string(weights)),
        ("input_size", .integer(input.side)), ("mean", .number(input.mean)),
        ("standard_deviation", .number(input.deviation)),
      ] + cleaning.keyParts + precision.keyParts)
  }

  /// The key of SAM's slice embeddings.
  public static func embeddings(
    tomogram: String, shape: VolumeShape, weights: String, stretch: ContrastStretch,
    cleaning: VoxelCleaning = .none, precision: Precision = .float32, storage: SliceStorage = .float32
  ) -> SliceKey {
    SliceKey(
      kind: "embeddings", storage,
      [
        ("tomogram_sha256", .string(tomogram)), ("shape", shape.json), ("weights_sha256", .string(weights)),
        ("low", .number(stretch.low)), ("high", .number(stretch.high)), ("inverted", .bool(stretch.inverted)),
        ("cast", .string(stretch.cast.rawValue)),
      ] + cleaning.keyParts + precision.keyParts)
  }
}

extension SliceKey {
  /// What a folder's `key.json` says of how its slices were made.
  struct Parts {
    /// The SHA-256 of the file of weights.
    let weights: String
    let precision: Precision
    let storage: SliceStorage

    /// Nil if the folder has no such file.
    init?(ofFolder folder: String) {
      guard let file = try? MappedFile("\(folder)/key.json"),
        let text = withExtendedLifetime(file, { String(validating: file.bytes, as: UTF8.self) }),
        let key = try? JSON(parsing: text), let weights = key["weights_sha256"]?.string
      else { return nil }
      self.weights = weights
      precision = key["precision"]?.string.flatMap(Precision.init) ?? .float32
      storage = key["stored_as"]?.string.flatMap(SliceStorage.init) ?? .float32
    }
  }
}

extension VoxelCleaning {
  /// What of it belongs to a key: nothing if every voxel is taken as it is.
  fileprivate var keyParts: [(String, JSON)] {
    guard !isNone else { return [] }
    return [
      ("fills", .array(fills.map { .number(Double($0)) })),
      ("limits", .array([limits.lowerBound, limits.upperBound].map { .string("\($0)") })),
    ]
  }
}

extension Precision {
  /// What of it belongs to a key: nothing of float32.
  fileprivate var keyParts: [(String, JSON)] {
    self == .float32 ? [] : [("precision", .string(rawValue))]
  }
}

extension VolumeShape {
  /// `[D, H, W]`
  var json: JSON { [.integer(depth), .integer(height), .integer(width)] }
}
