import Files
import FoundationEssentials
import Platform
import Points
import Volumes

extension CopickRun {
  /// The path of the segmentation of `object` at `spacing` Angstroms by `author`.
  public func segmentation(_ object: String, at spacing: Double, by author: CopickAuthor) -> String {
    let name = "\(Self.text(spacing))_\(author.user)_\(author.session)_\(CopickPicks.plain(object)).zarr"
    return "\(folders[1])/Segmentations/\(name)"
  }

  /// The path of the picks of `object` by `author`.
  public func picks(of object: String, by author: CopickAuthor) -> String {
    "\(folders[1])/Picks/\(author.user)_\(author.session)_\(CopickPicks.plain(object)).json"
  }

  /// Whether anything that `author` wrote is there.
  public func holdsAnything(by author: CopickAuthor) -> Bool {
    let name = "\(author.user)_\(author.session)_"
    func names(_ folder: String) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: "\(folders[1])/\(folder)")) ?? []
    }
    return names("Picks").contains { $0.hasPrefix(name) }
      || names("Segmentations").contains { segmentation in
        segmentation.firstIndex(of: "_").map { segmentation[$0...].dropFirst().hasPrefix(name) } ?? false
      }
  }

  /// Refuses to write over a segmentation that is there, unless it was written here and `force` allows it.
  public func checkFree(_ path: String, force: Bool) throws {
    guard access(path, F_OK) == 0 else { return }
    guard force, OMEZarr.isOurs(path) else {
      throw Failure(
        .cannotCreate, path: path, "is there already",
        remedy: force
          ? "it was written by another program: give another --copick-session"
          : "give another --copick-session, or --force to replace it")
    }
  }

  /// Writes a segmentation to `path`: 1 in the object, 0 elsewhere.
  ///
  /// - Parameter sections: calls its argument with each z-section `[H, W]`.
  /// - Throws: `Failure` if it cannot be written.
  public func write(
    to path: String, geometry: Geometry, _ sections: (([Int8]) throws -> Void) throws -> Void
  ) throws {
    if !Folder.isFolder(folders[1]) {
      try Folder.make(folders[1])
      // Object stores have no empty folders, so copick puts a file into each that it makes.
      try AtomicFile.write(Array("meta".utf8), to: "\(folders[1])/.meta")
    }
    try Folder.make(Path.folder(path))
    let writer = try OMEZarrWriter<Int8>(path, geometry: geometry)
    try sections { try writer.append($0) }
    try writer.commit()
  }
}
