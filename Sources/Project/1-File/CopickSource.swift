/// A copick project, which of its tomograms are taken, and under which names results go into its overlay.
public struct CopickSource: Sendable, Equatable {
  /// The path of its configuration.
  public let config: String
  /// The tomograms' type, and their voxel spacing in Angstroms.
  public let type: String
  public let spacing: Double
  /// What is looked for, as copick calls it; nil: the kind's name, or the only particle.
  public let object: String?
  public let user: String
  public let session: String

  public init(config: String, type: String, spacing: Double, object: String?, user: String, session: String) {
    (self.config, self.type, self.spacing) = (config, type, spacing)
    (self.object, self.user, self.session) = (object, user, session)
  }

  /// The options of `cryosam segment` for the run called `run`.
  func arguments(_ run: String) -> [String] {
    [
      "--copick=\(config)", "--run=\(run)", "--tomo-type=\(type)", "--voxel-spacing=\(spacing)",
      "--copick-user=\(user)", "--copick-session=\(session)",
    ] + (object.map { ["--copick-object=\($0)"] } ?? [])
  }
}
