import Platform
import SystemPackage

/// The parts of a path. A path itself stays the text that the user gave, so that messages show it as it was given.
public enum Path {
  /// The last part: `c.mrc` of `a/b/c.mrc`.
  public static func name(_ path: String) -> String {
    FilePath(path).lastComponent?.string ?? path
  }

  /// The folder that holds the last part: `a/b` of `a/b/c.mrc`; `.` if none is named.
  public static func folder(_ path: String) -> String {
    let folder = FilePath(path).removingLastComponent()
    return folder.isEmpty ? "." : folder.string
  }

  /// The path of `name` in the folder that holds the file at `path`: `a/d` for `d` beside `a/c.mrc`. A `name` that
  /// begins with a slash is a path of its own.
  public static func beside(_ path: String, _ name: String) -> String {
    FilePath(path).removingLastComponent().pushing(FilePath(name)).string
  }

  /// The path from the root: `path` itself if it begins with a slash, else seen from the folder that this process works in.
  public static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return FilePath(String(cString: folder)).pushing(FilePath(path).lexicallyNormalized()).string
  }

  /// The last part without those of `endings` that it ends in, one after another, as long as something remains:
  /// `c` of `a/c.mrc.gz`.
  public static func stem(_ path: String, without endings: [String]) -> String {
    var name = name(path)
    while let ending = endings.first(where: { name.hasSuffix($0) && name.count > $0.count }) {
      name.removeLast(ending.count)
    }
    return name
  }

  /// Whether `path` ends in one of `endings` (`.mrc`), in upper or lower case.
  public static func ends(_ path: String, in endings: String...) -> Bool {
    let path = path.lowercased()
    return endings.contains { path.hasSuffix($0.lowercased()) }
  }
}
