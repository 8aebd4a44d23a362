import Files
import FoundationEssentials
import Runs
import Volumes

/// The path of a tomogram, where that of a folder is easily given.
enum TomogramPath {
  private static let endings = [".mrc", ".rec", ".map", ".st", ".ali"]

  /// Refuses a folder, and says which tomogram may be meant.
  static func check(_ path: String) throws {
    guard Folder.isFolder(path), !OMEZarr.isOne(path) else { return }
    if let record = try? JSON(contentsOf: "\(path)/run.json") {
      let tomogram = try? RecordedTomogram.path(in: record, of: path)
      throw Failure(
        .noInput, path: path, "is the folder of a run, not a tomogram",
        remedy: tomogram.map { "its tomogram is \($0)" } ?? "give its tomogram")
    }
    let names = tomograms(in: path)
    throw Failure(
      .noInput, path: path, "is a folder, not a tomogram",
      remedy: names.isEmpty
        ? "give the path of an MRC file"
        : "give \(names.count == 1 ? "" : "one of the \(names.count) in it, such as ")\(path)/\(names[0])")
  }

  /// The names of the files in `folder` that are called as tomograms are, and of the OME-Zarr volumes.
  static func tomograms(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in
      let plain = Path.stem(name.lowercased(), without: [".gz", ".bz2"])
      if name.hasPrefix(".") { return false }
      let path = "\(folder)/\(name)"
      return Folder.isFolder(path) ? OMEZarr.isOne(path) : endings.contains { plain.hasSuffix($0) }
    }.sorted()
  }
}
