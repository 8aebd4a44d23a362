import Files
import Platform

enum OutputPath {
  /// Refuses a file that is there already, unless `force`, and a folder that cannot be written: before the work,
  /// not after it.
  static func check(_ path: String, force: Bool) throws {
    guard force || access(path, F_OK) != 0 else {
      throw Failure(.cannotCreate, path: path, "exists already", remedy: "use --force to overwrite it")
    }
    guard access(Path.folder(path), W_OK) == 0 else {
      throw Failure.system(.cannotCreate, path, "cannot create")
    }
  }
}
