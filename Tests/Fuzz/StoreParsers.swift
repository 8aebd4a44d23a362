import Files
import FoundationEssentials
import Volumes

/// The readers of stores, which are folders of many files.
let storeParsers: [String: Parser] = [
  "zarr": { path in
    let stores = try ZarrStores.copies(beside: path)
    let bytes = try MappedFile(path).withBytes { Array($0) }
    var refusal: Failure?
    for store in stores {
      do { try ZarrStores.read(store, replacing: store.file(for: bytes), by: bytes) } catch let failure
        as Failure
      {
        refusal = failure
      }
    }
    if let refusal { throw refusal }
  }
]

/// Copies of the stores in `Tests/Data/zarr`, in each of which the input takes the place of one file.
private enum ZarrStores {
  struct Store {
    let path: String
    /// Of all that is in it, the paths.
    let files: [String]

    /// The file whose place `bytes` take: the documents of an array or of a group, or a chunk.
    func file(for bytes: [UInt8]) -> String {
      let isDocument = bytes.first == UInt8(ascii: "{")
      let isGroup = bytes.firstRange(of: Array("multiscales".utf8)) != nil
      let candidates = files.filter { file in
        guard isDocument else { return Path.name(file).allSatisfy { $0.isNumber || $0 == "." } }
        return isGroup
          ? file == "\(path)/.zattrs" || file == "\(path)/zarr.json"
          : file.hasSuffix("/.zarray") || file.hasSuffix("/zarr.json") && file != "\(path)/zarr.json"
      }
      return candidates.first ?? files[0]
    }
  }

  static func copies(beside input: String) throws -> [Store] {
    let (source, goal) = ("Tests/Data/zarr", "\(input).stores")
    if !FileManager.default.fileExists(atPath: goal) {
      try FileManager.default.copyItem(atPath: source, toPath: goal)
    }
    return try FileManager.default.contentsOfDirectory(atPath: goal).sorted()
      .filter { $0.hasSuffix(".zarr") }.map {
        Store(path: "\(goal)/\($0)", files: files(in: "\(goal)/\($0)"))
      }
  }

  private static func files(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted().flatMap { name in
      let path = "\(folder)/\(name)"
      return Folder.isFolder(path) ? files(in: path) : [path]
    }
  }

  static func read(_ store: Store, replacing file: String, by bytes: [UInt8]) throws {
    let original = try MappedFile(file).withBytes { Array($0) }
    try Data(bytes).write(to: URL(filePath: file))
    defer { try? Data(original).write(to: URL(filePath: file)) }
    let levels = try OMEZarr(store.path).levels()
    // Volumes of nothing but fill values may be large; without optimisation they would take too long.
    guard levels[0].geometry.count <= 1 << 18 else { return }
    let tomogram = try Tomogram(store.path)
    for axis in Axis.allCases {
      guard tomogram.slice(axis: axis, index: tomogram.shape[axis] / 2).allSatisfy(\.isFinite) else {
        throw Finding("a slice holds voxels that are not finite")
      }
    }
  }
}
