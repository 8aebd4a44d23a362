import Cryo
import Files
import Images
import NN

extension Sweep {
  init(_ value: YAMLValue, tomograms count: Int, weights: [FeatureExtractor: String]) throws {
    var map = try value.map()
    name = try map.required("name").text()
    let ratios = try map.required("annotation")
    annotations = try Self.list(ratios) { item in
      guard let annotation = Annotation(try item.text()) else {
        throw item.failure(
          "is \(item.yaml.kind)", remedy: "give 'single', or a percentage above 0 and up to 100")
      }
      return annotation
    }
    sets = try map.value("sets")?.whole(1...10_000) ?? 1
    features = try map.value("features").map { try Self.list($0) { try $0.choice() } } ?? [.dinov2]
    if let missing = features.first(where: { weights[$0] == nil }) {
      throw (map.value("features") ?? value).failure(
        "needs weights for '\(missing.rawValue)'", remedy: "add them to 'weights'")
    }
    matchings = try map.value("matching").map { try Self.list($0) { try $0.choice() } } ?? []
    topKs =
      try map.value("top_k").map { value in
        try Self.list(value) { try $0.text() == "all" ? nil : $0.whole(PipelineParameters.topKRange) }
      } ?? []
    let profile = map.value("profile")
    profiles = try profile.map { try Self.list($0) { try $0.choice() } } ?? [.paper]
    for own in profiles {
      guard let profile, let missing = matchings.first(where: { !own.matchings.contains($0) }) else {
        continue
      }
      throw profile.failure(
        "is '\(own.rawValue)', which has no \(missing.rawValue) matching",
        remedy: "make two sweeps of this one")
    }
    tomograms = try map.value("tomograms")?.whole(1...count) ?? count
    try map.finish()
  }

  /// A list without repetitions, not empty.
  private static func list<Item: Hashable>(
    _ value: YAMLValue, _ read: (YAMLValue) throws -> Item
  ) throws -> [Item] {
    let items = try value.items().map(read)
    guard !items.isEmpty else { throw value.failure("is empty", remedy: "add at least one") }
    guard Set(items).count == items.count else { throw value.failure("has an item twice") }
    return items
  }
}

extension StudyConfiguration.Settings {
  init(_ map: YAMLMap) throws {
    var map = map
    similarity = try map.value("similarity")?.number(PipelineParameters.leastSimilarityRange)
    iou = try map.value("iou")?.number(PipelineParameters.leastIoURange)
    maxArea = try map.value("max_area")?.whole(PipelineParameters.largestAreaRange)
    axes = try map.value("axes")?.axes()
    contrast = try map.value("contrast").map { value in
      let numbers = try value.items().map { try $0.number(Percentiles.range) }
      guard numbers.count == 2, numbers[0] < numbers[1] else {
        throw value.failure("must be two percentiles, [low, high]")
      }
      return Percentiles(numbers[0], numbers[1])
    }
    invert = try map.value("invert")?.flag()
    precision = try map.value("precision").map { value in
      guard let precision = Precision(rawValue: try value.text()) else {
        throw value.failure("must be one of \(Precision.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return precision
    }
    dinoSize = try map.value("dino_size")?.whole(PipelineParameters.featureInputSideRange)
    try map.finish()
  }

  /// The parameters of a run by `method`, whose features come from inputs of `inputSide` pixels, with weights that
  /// recommend `recommended`.
  func parameters(
    _ method: StudyMethod, inputSide: Int?, recommended: [RecommendedSettings] = []
  ) -> PipelineParameters {
    var parameters = PipelineParameters(method.profile)
    for settings in recommended { parameters.adopt(settings) }
    parameters.features = method.features
    parameters.matching = method.matching
    parameters.topK = method.topK ?? (parameters.judges ? nil : Int.max)
    if let similarity { parameters.leastSimilarity = similarity }
    if let iou { parameters.leastIoU = iou }
    if let maxArea { parameters.largestArea = maxArea }
    if let axes { parameters.axes = axes }
    if let contrast { parameters.contrast = contrast }
    if let invert { parameters.inverted = invert }
    parameters.featureInputSide = dinoSize ?? inputSide
    if let precision { parameters.precision = precision }
    return parameters
  }
}
