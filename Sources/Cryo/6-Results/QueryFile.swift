import Files
import NN
import Volumes

/// What the features and lengths of a query belong to: it fits what has the same.
public struct QueryOrigin: Sendable, Equatable {
  /// SHA-256 of the weights that the features are by.
  public let weights: String
  /// Side of the feature encoder's input; nil if the features are SAM's.
  public let inputSide: Int?
  /// Of the tomogram, in Angstroms; nil if unknown.
  public let voxelSize: Double?

  public init(weights: String, inputSide: Int?, voxelSize: Double?) {
    (self.weights, self.inputSide, self.voxelSize) = (weights, inputSide, voxelSize)
  }

  /// Voxel sizes that differ by a smaller share are the same.
  static let voxelSizeTolerance = 0.02

  /// Why a query of `other` cannot be used here, and what to do; nil if it can.
  func refusal(of other: QueryOrigin) -> (reason: String, remedy: String)? {
    if other.weights != weights {
      return (
        "was made with other weights: SHA-256 \(other.weights.prefix(16))..., not \(weights.prefix(16))...",
        "give the weights that it was made with, or make it anew with these"
      )
    }
    if other.inputSide != inputSide {
      let sides = [other.inputSide, inputSide].map { $0.map { "\($0)" } ?? "none" }
      return (
        "was made with features of --dino-size \(sides[0]), not \(sides[1])", "give the same --dino-size"
      )
    }
    guard let size = voxelSize, let theirs = other.voxelSize,
      abs(theirs / size - 1) > Self.voxelSizeTolerance
    else { return nil }
    return (
      "was made at \(decimal(theirs, places: 3)) A a voxel, the tomogram has \(decimal(size, places: 3)) A",
      "click in a tomogram of the same voxel size"
    )
  }
}

/// `query.safetensors`: the queries of a run, views z, y, x. One is the tensor `query [3, C]`, several `query.0` and so
/// on. Where finds are judged, the metadata have what else the particles are like, and the origin.
public enum QueryFile {
  private static let (exemplarsKey, originKey) = ("exemplars", "origin")

  /// Writes `queries`; those of one whose finds are judged need an origin to be used again.
  public static func write(_ queries: [Query], from origin: QueryOrigin? = nil, to path: String) throws {
    let tensors = queries.enumerated().map { index, query in
      (
        queries.count == 1 ? "query" : "query.\(index)",
        Tensor([3, query.feature.channels], Array(query.feature.views.joined()))
      )
    }
    var metadata = ["views": "z y x"]
    let exemplars = queries.compactMap(\.exemplar)
    if !exemplars.isEmpty, let origin {
      metadata[exemplarsKey] = JSON.array(exemplars.map(\.json)).text
      metadata[originKey] = origin.json.text
    }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// The exemplars that `path` holds, for a tomogram and weights with the origin `origin`.
  ///
  /// - Throws: `Failure` if it holds none, is damaged, or does not fit.
  public static func exemplars(_ path: String, for origin: QueryOrigin) throws -> [Exemplar] {
    let file = try SafetensorsFile(path)
    guard let text = file.metadata[exemplarsKey], let source = file.metadata[originKey] else {
      throw Failure(
        .badData, path: path, "does not say what its particles are like",
        remedy: "give a query.safetensors of 'cryosam segment' with the profile judged")
    }
    let damaged = Failure(.badData, path: path, "is damaged", remedy: "make it anew with 'cryosam segment'")
    guard let entries = try? JSON(parsing: text).array, !entries.isEmpty,
      let theirs = (try? JSON(parsing: source)).flatMap(QueryOrigin.init)
    else { throw damaged }
    if let refusal = origin.refusal(of: theirs) {
      throw Failure(.badData, path: path, refusal.reason, remedy: refusal.remedy)
    }
    return try entries.enumerated().map { index, entry in
      let query = try QueryFeature(file, entries.count == 1 ? "query" : "query.\(index)")
      guard let exemplar = Exemplar(entry, query: query) else { throw damaged }
      return exemplar
    }
  }
}

extension QueryOrigin {
  fileprivate var json: JSON {
    [
      "weights_sha256": .string(weights), "input_size": inputSide.map { .integer($0) } ?? .null,
      "voxel_size": voxelSize.map { .number($0) } ?? .null,
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let weights = json["weights_sha256"]?.string else { return nil }
    self.init(
      weights: weights, inputSide: json["input_size"]?.int, voxelSize: json["voxel_size"]?.double)
  }
}

extension Exemplar {
  /// What it is like, for `run.json` and query files.
  var json: JSON {
    [
      "kind": kind.name.map { .string($0) } ?? .null, "wanted": .bool(kind.isWanted),
      "particles": .integer(particles), "voxels": .number(voxels), "radius": .number(radius),
      "spread": spread.map { .number($0) } ?? .null, "density": .number(density),
      "contrast": .number(contrast), "correlation": .number(correlation),
      "profile": .array(profile.shells.map { .number($0) }), "profile_step": .number(profile.thickness),
    ]
  }

  /// Nil if `json` does not hold all of it, or what cannot be.
  fileprivate init?(_ json: JSON, query: QueryFeature) {
    func positive(_ name: String) -> Double? { json[name]?.double.flatMap { $0 > 0 && $0 < 1e6 ? $0 : nil } }
    func finite(_ name: String) -> Double? { json[name]?.double.flatMap { $0.isFinite ? $0 : nil } }
    let shells = json["profile"]?.array?.compactMap(\.double).filter(\.isFinite) ?? []
    guard let isWanted = json["wanted"]?.bool, let particles = json["particles"]?.int, particles > 0,
      let voxels = json["voxels"]?.double, voxels >= 1, voxels < 1e12, let radius = positive("radius"),
      let density = finite("density"), let contrast = finite("contrast"),
      let correlation = finite("correlation"), let step = positive("profile_step"), !shells.isEmpty,
      shells.count == json["profile"]?.array?.count, Double(shells.count) * step < 1000
    else { return nil }
    self.init(
      Kind(json["kind"]?.string, isWanted: isWanted), particles: particles, query: query,
      profile: RadialProfile(shells: shells, thickness: step), correlation: correlation, radius: radius,
      voxels: voxels, spread: finite("spread"), density: density, contrast: contrast)
  }
}

extension QueryFeature {
  /// Reads the one query that a file holds.
  ///
  /// - Throws: `Failure` if the file holds none.
  public init(_ path: String) throws { try self.init(try SafetensorsFile(path), "query") }

  fileprivate init(_ file: SafetensorsFile, _ name: String) throws {
    let tensor = try file.tensor(name)
    guard tensor.rank == 2, tensor.shape[0] == 3, tensor.shape[1] > 0 else {
      throw Failure(
        .badData, path: file.path, "tensor '\(name)' has shape \(tensor.shape), not [3, C]",
        remedy: "give a query.safetensors of 'cryosam match' or 'cryosam segment'")
    }
    self.init(views: (0..<3).map { tensor[$0].values })
  }
}
