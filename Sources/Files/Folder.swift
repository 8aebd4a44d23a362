import Platform

/// Folders on the disk.
public enum Folder {
  /// Makes `path` and the folders above it, as far as they are missing.
  ///
  /// - Throws: `Failure` if it cannot be made.
  public static func make(
    _ path: String, remedy: String = "choose a place that can be written to"
  ) throws {
    if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    let parent = Path.folder(path)
    if errno == ENOENT, parent != path {
      try make(parent, remedy: remedy)
      if mkdir(path, 0o777) == 0 || isFolder(path) { return }
    }
    throw Failure(.cannotCreate, path: path, "cannot make this folder", remedy: remedy)
  }

  /// Whether `path` is a folder, or a link to one.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
