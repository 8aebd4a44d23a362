import Files
import Platform
import Points
import Volumes

/// One run of a copick project: one tomogram's data, at some voxel spacings.
public struct CopickRun: Sendable {
  public let project: CopickProject
  public let name: String

  /// Its folders: of the data, and of what is made of them.
  var folders: [String] { [project.data, project.overlay].map { "\($0)/ExperimentRuns/\(name)" } }

  /// Refuses a name that is no single folder's.
  static func check(_ name: String, _ option: String) throws {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
      throw Failure(.usage, "'\(name)' is no name for \(option)", remedy: "give the name of a folder")
    }
  }

  /// The folder of the tomogram of `type` at `spacing` Angstroms.
  ///
  /// - Throws: `Failure` if there is none; it names some that there are.
  public func tomogram(_ type: String, at spacing: Double) throws -> String {
    try Self.check(type, "--tomo-type")
    let spacings = folders.map { "\($0)/VoxelSpacing\(Self.text(spacing))" }
    guard spacings.contains(where: Folder.isFolder) else {
      throw project.missing("voxel spacing", Self.text(spacing), folders)
    }
    guard let path = spacings.map({ "\($0)/\(type).zarr" }).first(where: OMEZarr.isOne) else {
      throw project.missing("tomogram", type, spacings, ending: ".zarr")
    }
    return path
  }

  /// As the names of folders have it: `10.000`.
  static func text(_ spacing: Double) -> String { decimal(spacing, places: 3) }
}

/// Who wrote picks and segmentations, and in which session, as copick has it.
public struct CopickAuthor: Sendable, Equatable {
  public let user: String
  public let session: String

  public init(user: String, session: String) {
    (self.user, self.session) = (CopickPicks.plain(user), CopickPicks.plain(session))
  }
}
