import Files
import Platform

/// Files that a command is about to write.
public enum OutputFile {
  /// Refuses, before the work and not after it, what must not be written over: anything but a file, and a file that the
  /// command reads, whatever its name; any file, unless `force`; two outputs with one name.
  ///
  /// - Parameters:
  ///   - paths: the files that the command will write.
  ///   - inputs: the files that it reads.
  /// - Throws: `Failure` that says which of them it is.
  public static func check(_ paths: String?..., force: Bool, reading inputs: [String?] = []) throws {
    try check(paths.compactMap { $0 }, force: force, reading: inputs)
  }

  /// As above.
  public static func check(_ paths: [String], force: Bool, reading inputs: [String?] = []) throws {
    for (index, path) in paths.enumerated() {
      try check(path, force: force, reading: inputs.compactMap { $0 })
      guard !paths[..<index].contains(where: { areOnePlace($0, path) }) else {
        throw Failure(.usage, path: path, "is to hold two results", remedy: "give each a name of its own")
      }
    }
  }

  private static func check(_ path: String, force: Bool, reading inputs: [String]) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw Failure(
          .cannotCreate, path: path, "is not a file, and not replaced", remedy: "name another file")
      }
      guard !inputs.contains(where: { isFile($0, status) }) else {
        throw Failure(
          .cannotCreate, path: path, "is read by this command, which would write over it",
          remedy: "name another file")
      }
    }
    guard force || lstat(path, &status) != 0 else {
      throw Failure(.cannotCreate, path: path, "exists already", remedy: "use --force to overwrite it")
    }
  }

  /// Refuses a file in a folder that cannot be written: before long work, not after it.
  public static func checkFolder(of path: String) throws {
    guard access(Path.folder(path), W_OK) == 0 else {
      throw Failure.system(.cannotCreate, path, "cannot create")
    }
  }

  /// Whether `path` leads to the file of `status`.
  private static func isFile(_ path: String, _ status: stat) -> Bool {
    var own = stat()
    return stat(path, &own) == 0 && own.st_ino == status.st_ino && own.st_dev == status.st_dev
  }

  /// Whether two paths are one name in one folder.
  private static func areOnePlace(_ one: String, _ other: String) -> Bool {
    guard Path.name(one) == Path.name(other) else { return false }
    let folders = (Path.folder(one), Path.folder(other))
    var folder = stat()
    // A folder that is still to be made has one name alone.
    return stat(folders.0, &folder) == 0 ? isFile(folders.1, folder) : folders.0 == folders.1
  }
}
