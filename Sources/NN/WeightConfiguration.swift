import Files
import FoundationEssentials

/// The model's configuration in a weights file's metadata.
extension SafetensorsFile {
  public static let configurationKey = "cryosam.config"

  /// The configuration as JSON, of which `family` says which model it is; nil if the file has none.
  public var configurationText: String? { metadata[Self.configurationKey] }

  /// The `family` of the configuration: `dinov2`, `dino` or `sam`.
  public func family() throws -> String {
    guard let family = try configurationJSON()["family"]?.string else {
      throw refusal("its configuration names no model family")
    }
    return family
  }

  /// The configuration, decoded.
  ///
  /// - Throws: `Failure` if the file has none, or one that is not what `Configuration` needs.
  public func configuration<Configuration: Decodable>(
    _ type: Configuration.Type = Configuration.self
  ) throws -> Configuration {
    let json = try configurationJSON()
    do { return try JSONDecoder().decode(type, from: Data(json.text.utf8)) } catch let error as DecodingError
    {
      throw refusal("its configuration cannot be used: \(Self.describe(error))")
    }
  }

  /// `configuration` as it is stored: JSON with sorted keys on one line.
  public static func configurationText(_ configuration: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(configuration), as: UTF8.self)
  }

  private func configurationJSON() throws -> JSON {
    guard let text = configurationText else {
      throw Failure(
        .badData, path: path, "has no model configuration in its metadata",
        remedy: "if it is a model, run: \(Self.conversion(of: path))")
    }
    do { return try JSON(parsing: text) } catch let failure as Failure {
      throw refusal("its configuration \(failure.reason)")
    }
  }

  private func refusal(_ reason: String) -> Failure {
    Failure(.badData, path: path, reason, remedy: "use a file made by convert-weights")
  }

  private static func describe(_ error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
    return switch error {
    case .keyNotFound(let key, let context): "'\(place(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(place(context.codingPath))' has the wrong type"
    case .dataCorrupted(let context): "'\(place(context.codingPath))' has a value that is not allowed"
    @unknown default: "it has the wrong form"
    }
  }
}
