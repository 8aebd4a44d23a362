import CCompression
import Files
import Parallel
import Platform

/// A voxel that a Zarr array written here can hold.
public protocol ZarrVoxel: BitwiseCopyable, Sendable, Equatable {
  /// As Zarr 2 names it.
  static var zarrType: String { get }
  static var background: Self { get }
}

extension Int8: ZarrVoxel {
  public static var zarrType: String { "|i1" }
  public static var background: Int8 { 0 }
}

extension UInt16: ZarrVoxel {
  public static var zarrType: String { "<u2" }
  public static var background: UInt16 { 0 }
}

extension UInt32: ZarrVoxel {
  public static var zarrType: String { "<u4" }
  public static var background: UInt32 { 0 }
}

/// Writes a volume as OME-Zarr 0.4 on Zarr 2, one level, one z-section at a time: the version and the compression that
/// most programs read.
///
/// Chunks of nothing but background are left out, as Zarr allows. The folder appears under its name only when `commit`
/// succeeds.
public final class OMEZarrWriter<Voxel: ZarrVoxel> {
  private let folder: AtomicFolder
  private let geometry: Geometry
  private let chunk: VolumeShape
  private let blosc: Blosc
  /// The sections of a layer of chunks, as far as they are there.
  private var layer: [Voxel] = []
  private var sections = 0

  /// Starts the store at `path`.
  ///
  /// - Throws: `Failure` when it cannot be created.
  public init(_ path: String, geometry: Geometry) throws {
    self.geometry = geometry
    blosc = try Blosc.open()
    chunk = VolumeShape(min(64, geometry.depth), min(256, geometry.height), min(256, geometry.width))
    folder = try AtomicFolder(path)
    let name = Path.stem(path, without: [".zarr", ".ome"])
    for (file, document) in [
      (".zgroup", ["zarr_format": 2]), (".zattrs", Self.attributes(geometry, name)),
    ] { try write(document, to: file) }
    try Folder.make("\(folder.place)/0")
    try write(Self.array(geometry, chunk), to: "0/.zarray")
  }

  /// Writes the next section `[H, W]`, row-major.
  public func append(_ section: [Voxel]) throws {
    precondition(section.count == geometry.height * geometry.width && sections < geometry.depth)
    layer += section
    sections += 1
    guard sections % chunk.depth == 0 || sections == geometry.depth else { return }
    try writeLayer((sections - 1) / chunk.depth)
    layer.removeAll(keepingCapacity: true)
  }

  /// Completes the store.
  public func commit() throws {
    precondition(sections == geometry.depth, "\(sections) of \(geometry.depth) sections were written")
    try folder.commit(replacing: OMEZarr.isOurs(folder.path))
  }

  private func write(_ document: JSON, to name: String) throws {
    try AtomicFile.write(Array(document.prettyText.utf8), to: "\(folder.place)/\(name)")
  }

  /// Writes the chunks of `layer`, the `number`th from 0.
  private func writeLayer(_ number: Int) throws {
    let (rows, columns) = (
      (geometry.height - 1) / chunk.height + 1, (geometry.width - 1) / chunk.width + 1
    )
    let (sections, layer) = (layer.count / (geometry.height * geometry.width), layer)
    let chunks = try Parallel.mapThrowing(rows * columns) { index in
      try packed(layer, sections: sections, row: index / columns, column: index % columns)
    }
    for (index, bytes) in chunks.enumerated() {
      guard let bytes else { continue }
      let place = "\(folder.place)/0/\(number)/\(index / columns)"
      try Folder.make(place)
      try AtomicFile.write(bytes, to: "\(place)/\(index % columns)")
    }
  }

  /// A chunk of the layer, compressed, background where it reaches out of the volume; nil if it is nothing else.
  private func packed(_ layer: [Voxel], sections: Int, row: Int, column: Int) throws -> [UInt8]? {
    var voxels = [Voxel](repeating: .background, count: chunk.count)
    let (top, left) = (row * chunk.height, column * chunk.width)
    let columns = min(chunk.width, geometry.width - left)
    for z in 0..<sections {
      for y in 0..<min(chunk.height, geometry.height - top) {
        let start = (z * geometry.height + top + y) * geometry.width + left
        let goal = chunk.index(z, y, 0)
        voxels.replaceSubrange(goal..<goal + columns, with: layer[start..<start + columns])
      }
    }
    guard voxels.contains(where: { $0 != .background }) else { return nil }
    return try voxels.withUnsafeBytes { try blosc.compressed($0, width: MemoryLayout<Voxel>.size) }
  }

  private static func attributes(_ geometry: Geometry, _ name: String) -> JSON {
    func numbers(_ vector: SIMD3<Double>) -> JSON {
      .array([vector.z, vector.y, vector.x].map { .number($0) })
    }
    let isKnown = geometry.hasVoxelSize
    let axes: [JSON] = ["z", "y", "x"].map { name in
      let axis: KeyValuePairs<String, JSON> = ["name": .string(name), "type": "space"]
      let known: KeyValuePairs<String, JSON> = ["name": .string(name), "type": "space", "unit": "angstrom"]
      return JSON.members(isKnown ? known : axis)
    }
    var steps: [JSON] = [
      ["type": "scale", "scale": numbers(isKnown ? geometry.voxelSizeAngstroms : SIMD3(1, 1, 1))]
    ]
    if isKnown, geometry.sceneOrigin != .zero {
      steps.append(["type": "translation", "translation": numbers(geometry.sceneOrigin)])
    }
    return [
      "multiscales": [
        [
          "version": "0.4", "name": .string(name), "axes": .array(axes),
          "datasets": [["path": "0", "coordinateTransformations": .array(steps)]],
        ]
      ]
    ]
  }

  private static func array(_ geometry: Geometry, _ chunk: VolumeShape) -> JSON {
    [
      "zarr_format": 2,
      "shape": [.integer(geometry.depth), .integer(geometry.height), .integer(geometry.width)],
      "chunks": [.integer(chunk.depth), .integer(chunk.height), .integer(chunk.width)],
      "dtype": .string(Voxel.zarrType), "fill_value": 0, "order": "C", "filters": .null,
      "dimension_separator": "/",
      "compressor": ["id": "blosc", "cname": "lz4", "clevel": 5, "shuffle": 1, "blocksize": 0],
    ]
  }
}

extension OMEZarr {
  /// Whether the folder at `path` holds a store as `OMEZarrWriter` writes it, and nothing else.
  public static func isOurs(_ path: String) -> Bool {
    isOne(path) && holdsChunksAlone(path, depth: 0)
  }

  private static func holdsChunksAlone(_ path: String, depth: Int) -> Bool {
    ZarrFolder.names(in: path).allSatisfy { name in
      if [".zgroup", ".zattrs", ".zarray"].contains(name) || AtomicFile.isPartial(name) { return true }
      guard Int(name) != nil, depth < 4 else { return false }
      var status = stat()
      guard lstat("\(path)/\(name)", &status) == 0 else { return false }
      return status.st_mode & S_IFMT == S_IFREG
        || status.st_mode & S_IFMT == S_IFDIR && holdsChunksAlone("\(path)/\(name)", depth: depth + 1)
    }
  }

  /// Removes the store at `path` if it is one of ours and nothing else is in it; else it stays.
  public static func removeOurs(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, isOurs(path) else { return }
    removeAll(path)
  }

  private static func removeAll(_ path: String) {
    if unlink(path) == 0 { return }
    for name in ZarrFolder.names(in: path) { removeAll("\(path)/\(name)") }
    rmdir(path)
  }
}
