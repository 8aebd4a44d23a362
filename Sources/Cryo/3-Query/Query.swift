import Volumes

/// What is looked for: the query of one kind.
public struct Query: Sendable {
  /// The mean feature of its particles (eq. 4).
  public let feature: QueryFeature
  /// What else they are like, if finds are judged by it.
  public let exemplar: Exemplar?

  public init(feature: QueryFeature, exemplar: Exemplar? = nil) {
    (self.feature, self.exemplar) = (feature, exemplar)
  }

  /// Whether places like it are looked for.
  var isWanted: Bool { exemplar?.kind.isWanted ?? true }
}
