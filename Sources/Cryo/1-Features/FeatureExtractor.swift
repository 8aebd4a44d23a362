import Files
import NN

/// The networks whose features can be matched (paper, table 2).
public enum FeatureExtractor: String, Sendable, CaseIterable {
  case dinov2
  case dino
  /// SAM's image encoder: a slice's features are its embedding, which stages 2 and 5 need anyway.
  case sam

  /// The one that the weights in `file` are of.
  ///
  /// - Throws: `Failure` if the file names no model, or another one.
  public init(_ file: SafetensorsFile) throws {
    let family = try file.family()
    guard let extractor = Self(rawValue: family) else {
      throw Failure(
        .badData, path: file.path, "holds a model of the family '\(family)', which has no features to match",
        remedy: "give weights of DINOv2, DINO or SAM")
    }
    self = extractor
  }

  /// - Throws: `Failure` if the weights in `file` are of another network.
  public func check(_ file: SafetensorsFile) throws {
    let family = try file.family()
    guard family == rawValue else {
      throw Failure(
        .badData, path: file.path, "holds a model of the family '\(family)', not '\(rawValue)'",
        remedy: "give other weights, or say --features \(family)")
    }
  }
}
