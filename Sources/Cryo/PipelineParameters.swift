import Files
import Images
import NN
import Volumes

/// Everything that changes a run's result, apart from the tomogram, the prompts and the weights.
///
/// The usual values, their ranges and what excludes what stand here and nowhere else: the commands' options, a
/// study's configuration and the stages take them from here.
public struct PipelineParameters: Sendable, Equatable {
  public let profile: Profile
  public var matching: Matching
  /// The downsampling ratios of hierarchical matching, coarsest first.
  public var pyramid = [16, 8, 4]
  /// K; nil: as many, the most promising first, as bring further picks, up to `mostProposals`.
  public var topK: Int?
  /// τ_sim
  public var leastSimilarity = 0.5
  /// τ_IoU
  public var leastIoU = 0.5
  /// The largest mask on one slice, in voxels.
  public var largestArea = 32 * 32
  public var axes: [Axis]
  /// What of a point's masks is the particle.
  public var masks: MaskForm
  /// Which finds are picks, where they are judged.
  public var cut = Cut()
  /// The particle's diameter in voxels, if the user tells it.
  public private(set) var diameter: Double?
  /// What of the tomogram's voxels is not the specimen.
  public var cleaning: VoxelCleaning.Choice
  /// What the user says where the tomogram's header cannot be trusted.
  public var reading = VoxelReading.usual
  /// How many voxels are taken together. Lengths and areas are in the voxels that this makes.
  public var binning = Binning.Choice.none
  /// Percentiles of the voxels that become 0 and 255; nil: the voxels as they are, times 255.
  public var contrast: Percentiles?
  public var inverted = false
  /// Whose features are matched; nil: those of the weights given.
  public var features: FeatureExtractor?
  /// Side of DINO's input; nil: the model's own.
  public var featureInputSide: Int?
  /// What the linear layers of the encoders' blocks compute with.
  public var precision = Precision.float32
  /// The numbers that encoded slices are stored in.
  public var storage = SliceStorage.float32

  /// The choices of `profile`; each can be changed.
  public init(_ profile: Profile = .usual) {
    self.profile = profile
    (axes, contrast, cleaning) = (profile.axes, profile.contrast, profile.cleaning)
    (matching, topK, masks) = (profile.matching, profile.topK, profile.masks)
  }

  /// Takes what follows from a particle's `diameter` in voxels: the largest area on a slice, unless `keepingArea`, how near
  /// to each other proposals may be, and what size is a particle's.
  public mutating func adopt(diameter: Double, keepingArea: Bool) {
    self.diameter = diameter
    cut.voxels = Cut.voxels(diameter: diameter)
    // A circle a quarter wider than the particle.
    if !keepingArea { largestArea = max(9, Int((.pi / 4 * 1.25 * 1.25 * diameter * diameter).rounded())) }
  }

  /// How far from its middle a pick can reach, in voxels, if the prompted particles reach `particleRadius`; nil: as far as
  /// its mask.
  func reach(particleRadius: Double) -> Double? {
    masks == .particle ? diameter.map { $0 / 2 } ?? particleRadius : nil
  }

  /// Diameters, in voxels.
  public static let diameterRange = 3.0...1000.0

  /// Whether finds are compared with the prompted particles, and only those like them are picks.
  public var judges: Bool { profile == .judged }

  /// Proposals segmented at most, if no number is given.
  public static let mostProposals = 4096

  /// The usual values.
  public static let usual = PipelineParameters()

  public static let topKRange = 1...Int.max
  public static let leastSimilarityRange = -1.0...1.0
  public static let leastIoURange = 0.0...1.0
  public static let largestAreaRange = 1...Int.max
  public static let featureInputSideRange = 1...4096

  /// - Throws: `Failure` that names what is out of its range, or excludes what else is chosen.
  public func validate() throws {
    func check<Value>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) throws {
      guard !range.contains(value) else { return }
      throw Failure(.usage, "\(name) is \(value), not between \(range.lowerBound) and \(range.upperBound)")
    }
    if let topK { try check("top_k", topK, Self.topKRange) }
    try check("similarity", leastSimilarity, Self.leastSimilarityRange)
    try check("iou", leastIoU, Self.leastIoURange)
    try check("max_area", largestArea, Self.largestAreaRange)
    if let featureInputSide { try check("dino_size", featureInputSide, Self.featureInputSideRange) }
    guard !axes.isEmpty, Set(axes).count == axes.count else {
      throw Failure(.usage, "the axes are \(axes.map(\.name)): name some of z, y, x, each once")
    }
    guard let finest = pyramid.last, finest >= 1, zip(pyramid, pyramid.dropFirst()).allSatisfy(>) else {
      throw Failure(.usage, "the ratios \(pyramid) of matching do not become smaller from first to last")
    }
    guard profile.matchings.contains(matching) else {
      throw Failure(.usage, "matching '\(matching.rawValue)' is not in the profile '\(profile.rawValue)'")
    }
  }
}

extension PipelineParameters {
  /// The parameters by the names of their options.
  public var json: JSON {
    .object(
      Self.joined([
        ["profile": .string(profile.rawValue)], matchingJSON, segmentationJSON, judgementJSON, cleaningJSON,
      ]))
  }

  /// Those of matching and the features it uses.
  public var matchingJSON: JSON {
    [
      "matching": .string(matching.rawValue), "ratios": .array(pyramid.map { .integer($0) }),
      "top_k": topK.map { .integer($0) } ?? .null,
      "similarity": .number(leastSimilarity),
      "features": features.map { .string($0.rawValue) } ?? .null,
      "dino_size": features == .sam ? .null : featureInputSide.map { .integer($0) } ?? .null,
    ]
  }

  /// Those of prompt-based segmentation.
  public var segmentationJSON: JSON {
    .object(
      Self.joined([
        [
          "iou": .number(leastIoU), "max_area": .integer(largestArea),
          "axes": .string(axes.map(\.name).joined()),
        ], judges ? ["masks": .string(masks.rawValue)] : [:], imageJSON, encodingJSON, scaleJSON,
      ]))
  }

  /// Those of judgement, if there is any.
  private var judgementJSON: JSON {
    guard judges else { return [:] }
    return .object(
      Self.joined([
        ["cut": cut.json],
        diameter.map { ["diameter_voxels": .number($0 * Double(bin ?? 1))] } ?? [:],
      ]))
  }

  /// How many voxels are taken together, if any are and the tomogram is known.
  private var bin: Int? {
    if case .factor(let factor) = binning, factor > 1 { factor } else { nil }
  }

  /// Which voxels are worked on, if not the tomogram's own.
  private var scaleJSON: JSON {
    var object = JSON.Object()
    if let level = reading.level { object.append("level", .string(level.text)) }
    if let bin { object.append("bin", .integer(bin)) }
    return .object(object)
  }

  /// What the user says of voxels, if anything.
  private var cleaningJSON: JSON {
    var object = JSON.Object()
    if let size = reading.voxelSizeAngstroms { object.append("voxel_size", .number(size)) }
    if reading.signs != .found { object.append("signed", .bool(reading.signs == .signed)) }
    guard cleaning != profile.cleaning else { return .object(object) }
    switch cleaning.fill {
    case .found: break
    case .none: object.append("fill", "none")
    case .given(let value): object.append("fill", .number(Double(value)))
    }
    switch cleaning.limits {
    case .found: break
    case .none: object.append("clip", "none")
    case .given(let range):
      object.append("clip", [.number(Double(range.lowerBound)), .number(Double(range.upperBound))])
    }
    return .object(object)
  }

  /// Those that the search alone depends on.
  public var searchJSON: JSON {
    .object(Self.joined([matchingJSON, features == .sam ? imageJSON : [:], encodingJSON, scaleJSON]))
  }

  private var encodingJSON: JSON {
    var object = JSON.Object()
    object.append("precision", .string(precision.rawValue))
    if storage != .float32 { object.append("stored_as", .string(storage.rawValue)) }
    return .object(object)
  }

  /// Those of SAM's images.
  private var imageJSON: JSON {
    [
      "contrast": contrast.map { [.number($0.low), .number($0.high)] } ?? .null,
      "invert": .bool(inverted),
    ]
  }

  private static func joined(_ objects: [JSON]) -> JSON.Object {
    objects.compactMap(\.object).reduce(into: JSON.Object()) { all, object in
      for member in object.members { all.append(member.key, member.value) }
    }
  }

  /// How far from their middles picks of the run with the record `run` can reach, kind by kind.
  public static func reach(of run: JSON) -> [Double?] {
    func length(_ value: JSON?) -> Double? { value?.double.flatMap { $0 > 0 && $0 < 1e6 ? $0 : nil } }
    let diameter = length(run["parameters"]?["diameter_voxels"])
    let isWhole = run["parameters"]?["masks"]?.string != MaskForm.particle.rawValue
    return (run["judgement"]?.array ?? []).map {
      isWhole ? nil : diameter.map { $0 / 2 } ?? length($0["radius"])
    }
  }

  /// The tomogram at `path`, read as these parameters say.
  ///
  /// - Parameter name: what tables call it, if not as its file.
  /// - Throws: `Failure` if it cannot be read.
  public func tomogram(_ path: String, name: String? = nil) throws -> Tomogram {
    try Tomogram(path, cleaning: cleaning, reading: reading, name: name)
  }

  /// The profile, contrast, inversion and reading of voxels of the run with the record `run`.
  package init(contrastOf run: JSON) {
    let parameters = run["parameters"]
    self.init(parameters?["profile"]?.string.flatMap(Profile.init) ?? .usual)
    if let percentiles = parameters?["contrast"]?.array?.compactMap(\.double), percentiles.count == 2 {
      contrast = Percentiles(percentiles[0], percentiles[1])
    }
    inverted = parameters?["invert"]?.bool ?? false
    reading.voxelSizeAngstroms = parameters?["voxel_size"]?.double
    reading.level = parameters?["level"]?.string.flatMap(PyramidLevel.init)
    if let isSigned = parameters?["signed"]?.bool { reading.signs = isSigned ? .signed : .unsigned }
    if let fill = parameters?["fill"] { cleaning.fill = fill.double.map { .given(Float($0)) } ?? .none }
    if let clip = parameters?["clip"] {
      let limits = clip.array?.compactMap(\.double) ?? []
      cleaning.limits =
        limits.count == 2 && limits[0] < limits[1] ? .given(Float(limits[0])...Float(limits[1])) : .none
    }
  }
}
