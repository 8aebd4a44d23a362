import Cryo

/// One way of doing a run: what the paper's tables 2 and 3 and figure 5 vary.
public struct StudyMethod: Sendable, Hashable {
  public let features: FeatureExtractor
  public let matching: Matching
  /// K; nil: all, or with judgement as many as bring picks.
  public let topK: Int?
  public let profile: Profile

  public init(features: FeatureExtractor, matching: Matching, topK: Int?, profile: Profile) {
    (self.features, self.matching, self.topK, self.profile) = (features, matching, topK, profile)
  }

  /// `512` or `all`.
  var topKText: String { topK.map(String.init) ?? "all" }
}

/// A table of the study: every combination of its lists, on its tomograms.
public struct Sweep: Sendable {
  public let name: String
  public let annotations: [Annotation]
  /// Random sets of prompts.
  public let sets: Int
  public let features: [FeatureExtractor]
  /// None: as each profile has it.
  public let matchings: [Matching]
  /// nil: all; none: as each profile has it.
  public let topKs: [Int?]
  public let profiles: [Profile]
  /// How many of the study's tomograms, from the first.
  public let tomograms: Int

  /// The rows of its table but for the annotation ratio, in order.
  public var methods: [StudyMethod] {
    profiles.flatMap { profile in
      features.flatMap { features in
        (matchings.isEmpty ? [profile.matching] : matchings).flatMap { matching in
          (topKs.isEmpty ? [profile.topK] : topKs).map {
            StudyMethod(features: features, matching: matching, topK: $0, profile: profile)
          }
        }
      }
    }
  }

  /// What of `method` this sweep varies: `hierarchical, K 512`. `CryoSAM` if it varies nothing but prompts.
  public func label(_ method: StudyMethod) -> String {
    var parts: [String] = []
    if profiles.count > 1 { parts.append(method.profile.rawValue) }
    if features.count > 1 { parts.append(Self.name(method.features)) }
    if matchings.count > 1 { parts.append(method.matching.rawValue) }
    if topKs.count > 1 { parts.append("K \(method.topKText)") }
    return parts.isEmpty ? "CryoSAM" : parts.joined(separator: ", ")
  }

  /// What the labels are, as a column's title.
  var labelTitle: String {
    var parts: [String] = []
    if profiles.count > 1 { parts.append("Profile") }
    if features.count > 1 { parts.append("2D feature extractor") }
    if matchings.count > 1 { parts.append("Matching strategy") }
    if topKs.count > 1 { parts.append("Proposals") }
    return parts.isEmpty ? "Method" : parts.joined(separator: ", ")
  }

  private static func name(_ extractor: FeatureExtractor) -> String {
    switch extractor {
    case .dinov2: "DINOv2"
    case .dino: "DINO"
    case .sam: "SAM"
    }
  }

  /// The runs on the tomogram numbered `tomogram`, in order.
  func runs(on tomogram: Int) -> [StudyRun] {
    guard tomogram < tomograms else { return [] }
    return methods.flatMap { method in
      annotations.flatMap { annotation in
        (1...sets).map {
          StudyRun(tomogram: tomogram, method: method, annotation: annotation, set: $0)
        }
      }
    }
  }
}

/// One run of the method: a row of `runs.csv`.
public struct StudyRun: Sendable, Hashable {
  /// The number of the tomogram, from 0.
  public let tomogram: Int
  public let method: StudyMethod
  public let annotation: Annotation
  /// The number of the set of prompts, from 1.
  public let set: Int

  public init(tomogram: Int, method: StudyMethod, annotation: Annotation, set: Int) {
    (self.tomogram, self.method, self.annotation, self.set) = (tomogram, method, annotation, set)
  }
}
