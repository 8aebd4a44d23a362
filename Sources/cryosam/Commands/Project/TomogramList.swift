import Files
import FoundationEssentials
import Platform

/// The tomograms that a user names.
enum TomogramList {
  /// The files that `arguments` mean, paths from the root, each once: paths, patterns as shells have them, and folders,
  /// which stand for the tomograms in them.
  ///
  /// - Throws: `Failure` if one means nothing.
  static func paths(_ arguments: [String]) throws -> [String] {
    var seen = Set<String>()
    return try arguments.flatMap(files).map(Path.absolute).filter { seen.insert($0).inserted }
  }

  private static func files(_ argument: String) throws -> [String] {
    if Folder.isFolder(argument) {
      let names = TomogramPath.tomograms(in: argument)
      guard !names.isEmpty else {
        throw Failure(.noInput, path: argument, "holds no tomogram", remedy: "give a folder of MRC files")
      }
      return names.map { "\(argument)/\($0)" }
    }
    if access(argument, F_OK) == 0 { return [argument] }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(argument, 0, nil, &found) == 0, let paths = found.gl_pathv else {
      throw Failure(.noInput, path: argument, "names no file", remedy: "check the path or the pattern")
    }
    return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
      .filter { !Folder.isFolder($0) }
  }
}
