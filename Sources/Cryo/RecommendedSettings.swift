import Files
import NN

/// The settings that a weights file asks for, in its metadata: JSON under `cryosam.settings`, by the names of the
/// options: `{"iou": 0.8}`.
///
/// They are taken where the user gives none, by the profile that judges; the others have the paper's own.
public struct RecommendedSettings: Sendable, Equatable {
  public let similarity: Double?
  public let iou: Double?
  public let maxArea: Int?

  public static let metadataKey = "cryosam.settings"

  /// - Throws: `Failure` if the file's settings cannot be used.
  public init(_ file: SafetensorsFile) throws {
    guard let text = file.metadata[Self.metadataKey] else {
      (similarity, iou, maxArea) = (nil, nil, nil)
      return
    }
    let json = try inFile(file.path) { try JSON(parsing: text) }
    func number<Value>(_ name: String, _ value: Value?, _ range: ClosedRange<Value>) throws -> Value? {
      guard json[name] != nil else { return nil }
      guard let value, range.contains(value) else {
        throw Failure(
          .badData, path: file.path, "recommends a setting '\(name)' that is out of its range",
          remedy: "convert the weights again")
      }
      return value
    }
    similarity = try number(
      "similarity", json["similarity"]?.double, PipelineParameters.leastSimilarityRange)
    iou = try number("iou", json["iou"]?.double, PipelineParameters.leastIoURange)
    maxArea = try number("max_area", json["max_area"]?.int, PipelineParameters.largestAreaRange)
  }

  /// `iou 0.8`; empty if there are none.
  public var text: String {
    [similarity.map { "similarity \($0)" }, iou.map { "iou \($0)" }, maxArea.map { "max-area \($0)" }]
      .compactMap { $0 }.joined(separator: ", ")
  }
}

extension PipelineParameters {
  /// Takes the settings that `weights` ask for, if the profile lets them.
  public mutating func adopt(_ weights: RecommendedSettings) {
    guard judges else { return }
    if let similarity = weights.similarity { leastSimilarity = similarity }
    if let iou = weights.iou { leastIoU = iou }
    if let maxArea = weights.maxArea { largestArea = maxArea }
  }
}
