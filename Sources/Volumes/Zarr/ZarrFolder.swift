import Files
import FoundationEssentials
import Platform

/// A Zarr store in a folder: its documents, and nothing outside of it.
struct ZarrFolder {
  let path: String
  /// The folder itself, without links.
  private let place: String

  /// The documents that make a folder a group or an array of Zarr, versions 2 and 3.
  private static let documents = [".zattrs", ".zgroup", ".zarray", "zarr.json"]

  /// The most bytes of a document; more is refused, before it is read.
  private static let largestDocument = 16 << 20

  /// Whether the folder `path` is a group or an array of Zarr.
  static func isOne(_ path: String) -> Bool {
    documents.contains { access("\(path)/\($0)", F_OK) == 0 } && Folder.isFolder(path)
  }

  init(_ path: String) throws {
    self.path = path
    place = try Self.withoutLinks(path)
  }

  /// The folder at `relative`, names joined by slashes, in this one.
  ///
  /// - Throws: `Failure` if that leads out of it, or there is no such folder.
  func subfolder(_ relative: String) throws -> String {
    var path = path
    for name in relative.split(separator: "/", omittingEmptySubsequences: false) {
      guard !name.isEmpty, name != ".", name != "..", !name.contains("\0") else {
        throw Failure(
          .badData, path: self.path, "names the array '\(relative)', which is no place in the store",
          remedy: "write the store again")
      }
      path += "/\(name)"
      try checkInside(path)
    }
    guard Folder.isFolder(path) else {
      throw Failure(
        .noInput, path: path, "the store names this array, but there is none",
        remedy: "the store is incomplete; copy it again")
    }
    return path
  }

  /// Refuses a link that leads out of the store.
  func checkInside(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return }
    guard try Self.withoutLinks(path).hasPrefix(place + "/") else {
      throw Failure(
        .badData, path: path, "is a link that leads out of the store",
        remedy: "copy what it points at into the store")
    }
  }

  /// The JSON of the document `name` in the folder `folder`, which lies in this one; nil if it is not there.
  func document(_ name: String, in folder: String) throws -> JSON? {
    let path = "\(folder)/\(name)"
    guard access(path, F_OK) == 0 else { return nil }
    try checkInside(path)
    var status = stat()
    guard stat(path, &status) == 0, status.st_size <= Self.largestDocument else {
      throw Failure(
        .badData, path: path, "is larger than \(byteSize(Self.largestDocument))",
        remedy: "it is no document of Zarr's; write the store again")
    }
    return try JSON(contentsOf: path, as: .python)
  }

  /// The names in the folder `folder`, in order.
  static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private static func withoutLinks(_ path: String) throws -> String {
    guard let resolved = realpath(path, nil) else { throw Failure.system(.noInput, path, "cannot open") }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
