import Files
import Platform

/// Files that a command is about to write.
public enum OutputFile {
  /// Refuses to overwrite `path` unless `force`.
  public static func check(_ path: String, force: Bool) throws {
    guard force || access(path, F_OK) != 0 else {
      throw Failure(.cannotCreate, path: path, "exists already", remedy: "use --force to overwrite it")
    }
  }
}
