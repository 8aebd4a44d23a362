import Files
import Platform

/// A file of an array: one chunk, or a shard of many.
struct ZarrFile: Sendable {
  /// Its number along each axis.
  let place: [Int]
  let path: String
  let bytes: Int
}

extension ZarrArray {
  /// The files that are there, in the order of their places; others in the folder are none of the array's. The work depends
  /// on what is there, not on what the metadata announce. Where none is called as these say, those are taken that are
  /// called in the other way: writers of old left the separator out.
  ///
  /// - Throws: `Failure` for links out of the store, and what is no file.
  func files(in folder: ZarrFolder) throws -> [ZarrFile] {
    let files = try files(in: folder, parted: keys.separator)
    return files.isEmpty ? try self.files(in: folder, parted: keys.separator == "/" ? "." : "/") : files
  }

  private func files(in folder: ZarrFolder, parted separator: Character) throws -> [ZarrFile] {
    let grid = zip(shape, chunk).map { ($0 - 1) / $1 + 1 }
    var files: [ZarrFile] = []
    func add(_ place: [Int], _ path: String) throws {
      try folder.checkInside(path)
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw Failure(.badData, path: path, "is no file, as a chunk is", remedy: "copy the store again")
      }
      files.append(ZarrFile(place: place, path: path, bytes: Int(status.st_size)))
    }
    func descend(_ place: [Int], _ path: String) throws {
      for name in ZarrFolder.names(in: path) {
        guard let number = Self.number(name), number < grid[place.count] else { continue }
        let (here, inner) = (place + [number], "\(path)/\(name)")
        if here.count == grid.count {
          try add(here, inner)
        } else {
          try folder.checkInside(inner)
          try descend(here, inner)
        }
      }
    }
    if separator == "/" {
      let start = keys.hasPrefix ? "\(path)/c" : path
      try folder.checkInside(start)
      try descend([], start)
    } else {
      for name in ZarrFolder.names(in: path) {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if keys.hasPrefix { guard parts.removeFirst() == "c" else { continue } }
        let place = parts.compactMap(Self.number)
        guard place.count == grid.count, parts.count == grid.count, zip(place, grid).allSatisfy(<) else {
          continue
        }
        try add(place, "\(path)/\(name)")
      }
    }
    return files.sorted { $0.place.lexicographicallyPrecedes($1.place) }
  }

  /// A whole number as Zarr writes it.
  private static func number(_ text: String) -> Int? {
    guard let number = Int(text), number >= 0, String(number) == text else { return nil }
    return number
  }
}
