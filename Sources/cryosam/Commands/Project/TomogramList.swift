import Files
import FoundationEssentials
import Platform
import Volumes

/// The tomograms that a user names.
enum TomogramList {
  /// The files and OME-Zarr folders that `arguments` mean, paths from the root, each once: paths, patterns as shells have
  /// them, and other folders, which stand for the tomograms in them.
  ///
  /// - Throws: `Failure` if one means nothing.
  static func paths(_ arguments: [String]) throws -> [String] {
    var seen = Set<String>()
    return try arguments.flatMap(files).map(Path.absolute).filter { seen.insert($0).inserted }
  }

  private static func files(_ argument: String) throws -> [String] {
    var argument = argument
    while argument.count > 1, argument.hasSuffix("/") { argument.removeLast() }
    if OMEZarr.isOne(argument) { return [argument] }
    if Folder.isFolder(argument) {
      let names = TomogramPath.tomograms(in: argument)
      guard !names.isEmpty else {
        throw Failure(
          .noInput, path: argument, "holds no tomogram",
          remedy: "give a folder of MRC files or OME-Zarr volumes")
      }
      return names.map { "\(argument)/\($0)" }
    }
    if access(argument, F_OK) == 0 { return [argument] }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(argument, 0, nil, &found) == 0, let paths = found.gl_pathv else {
      throw Failure(.noInput, path: argument, "names no file", remedy: "check the path or the pattern")
    }
    let tomograms = (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
      .filter { !Folder.isFolder($0) || OMEZarr.isOne($0) }
    guard !tomograms.isEmpty else {
      throw Failure(
        .noInput, path: argument, "names folders, none of which is an OME-Zarr volume",
        remedy: "give tomograms, or one folder that holds them")
    }
    return tomograms
  }
}
