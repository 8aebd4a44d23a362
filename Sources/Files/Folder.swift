import FoundationEssentials

/// Folders on the disk.
public enum Folder {
  /// Makes `path` and the folders above it, as far as they are missing.
  ///
  /// - Throws: `Failure` if it cannot be made.
  public static func make(
    _ path: String, remedy: String = "choose a place that can be written to"
  ) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, path: path, "cannot make this folder", remedy: remedy)
    }
  }
}
