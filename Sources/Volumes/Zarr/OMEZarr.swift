import Files
import Platform

/// Which of a store's levels is read.
public enum PyramidLevel: Sendable, Equatable {
  /// By its number; 0 is the finest.
  case number(Int)
  /// The one whose voxels are nearest to so many Angstroms.
  case voxelSize(Double)

  /// `2`, or `10A`.
  public init?(_ text: String) {
    if text.hasSuffix("A") {
      guard let size = Double(text.dropLast()), VoxelReading.voxelSizeRange.contains(size) else { return nil }
      self = .voxelSize(size)
    } else {
      guard let number = Int(text), number >= 0 else { return nil }
      self = .number(number)
    }
  }

  /// As `init` reads it.
  public var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .voxelSize(let size): "\(size)A"
    }
  }
}

/// A volume in the OME-Zarr format, or a Zarr array alone: a folder.
public struct OMEZarr: Sendable {
  /// One level: its array's name in the store, and what it holds.
  public struct Level: Sendable {
    public let name: String
    public let geometry: Geometry
  }

  private let folder: ZarrFolder
  /// Nil for an array alone.
  private let image: OMEImage?
  /// The number of the array that was named itself.
  private let named: Int?

  /// Whether the folder `path` is one.
  public static func isOne(_ path: String) -> Bool { ZarrFolder.isOne(path) }

  /// Opens the store, or the array in a store, at `path`.
  ///
  /// - Throws: `Failure` if it is neither.
  public init(_ path: String) throws {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let folder = try ZarrFolder(path)
    if let image = try Self.image(of: path, in: folder) {
      (self.folder, self.image, named) = (folder, image, nil)
      return
    }
    guard try Self.isArray(path, in: folder) else {
      let inside = ZarrFolder.names(in: path).first { ZarrFolder.isOne("\(path)/\($0)") }
      throw Failure(
        .badData, path: path, "is a group of Zarr without an image (multiscales)",
        remedy: inside.map { "give what is in it, such as \(path)/\($0)" } ?? "give an OME-Zarr volume")
    }
    (self.folder, image, named) = try Self.around(path) ?? (folder, nil, nil)
  }

  /// The store that the array `path` is a level of, if one of the folders above it is one.
  private static func around(_ path: String) throws -> (ZarrFolder, OMEImage?, Int?)? {
    var (above, relative) = (Path.folder(path), Path.name(path))
    for _ in 0..<3 where ZarrFolder.isOne(above) {
      let folder = try ZarrFolder(above)
      if let image = try image(of: above, in: folder) {
        return image.levels.firstIndex { $0.path == relative }.map { (folder, image, $0) }
      }
      relative = "\(Path.name(above))/\(relative)"
      above = Path.folder(above)
    }
    return nil
  }

  private static func image(of path: String, in folder: ZarrFolder) throws -> OMEImage? {
    if let document = try folder.document("zarr.json", in: path) {
      guard document["node_type"]?.string == "group" else { return nil }
      return try inFile("\(path)/zarr.json") { try document["attributes"].flatMap { try OMEImage($0) } }
    }
    guard let attributes = try folder.document(".zattrs", in: path) else { return nil }
    return try inFile("\(path)/.zattrs") { try OMEImage(attributes) }
  }

  private static func isArray(_ path: String, in folder: ZarrFolder) throws -> Bool {
    if let document = try folder.document("zarr.json", in: path) {
      return document["node_type"]?.string == "array"
    }
    return access("\(path)/.zarray", F_OK) == 0
  }

  /// The store's name, without folders.
  var name: String { Path.name(folder.path) }

  /// All levels, the finest first.
  ///
  /// - Throws: `Failure` if the metadata of one cannot be read.
  public func levels() throws -> [Level] {
    guard let image else { return [Level(name: ".", geometry: try opened(nil).geometry)] }
    return try image.levels.map { Level(name: $0.path, geometry: try opened($0).geometry) }
  }

  /// One level, its voxels not read yet.
  private struct Opened {
    let array: ZarrArray
    let axes: ZarrAxes
    let geometry: Geometry
    let notes: [String]
  }

  private func opened(_ level: OMEImage.Level?, voxelSize: Double? = nil) throws -> Opened {
    let path = try level.map { try folder.subfolder($0.path) } ?? folder.path
    let array = try ZarrArray(path, in: folder)
    return try inFile(path) {
      let named =
        image?.axes.map { $0.map { Optional($0.name) } } ?? (image == nil ? array.axisNames : nil)
      let axes = try Self.axes(of: array, named: named ?? [])
      let shape = axes.volume(array.shape)
      var notes: [String] = []
      var place = Place()
      if let image, let level {
        place = try Place(image, level, axes, rank: array.shape.count, isSized: voxelSize != nil, &notes)
      }
      if image == nil, voxelSize == nil { notes.append("the voxel size is unknown: the array tells none") }
      if let voxelSize { place.size = SIMD3(repeating: voxelSize) }
      return Opened(
        array: array, axes: axes,
        geometry: Geometry(
          depth: shape.depth, height: shape.height, width: shape.width,
          voxelSizeAngstroms: place.size.asInHeader(of: shape), originAngstroms: place.origin.asInHeader()),
        notes: notes)
    }
  }

  /// Where z, y, x are among an array's axes; by their names, or else the last three are they. Others must have one element.
  private static func axes(of array: ZarrArray, named names: [String?]) throws -> ZarrAxes {
    let rank = array.shape.count
    func find(_ name: String) -> Int? { names.firstIndex { $0?.lowercased() == name } }
    let axes: ZarrAxes
    if names.count == rank, let y = find("y"), let x = find("x") {
      axes = ZarrAxes(z: find("z"), y: y, x: x)
    } else {
      guard names.isEmpty || names.contains(nil) || names.count == rank else {
        throw Failure(
          .badData, "has \(rank) axes, the store names \(names.count)", remedy: "write the store again")
      }
      axes = ZarrAxes(z: rank > 2 ? rank - 3 : nil, y: rank - 2, x: rank - 1)
    }
    let others = array.shape.indices.filter { ![axes.z, axes.y, axes.x].contains($0) }
    guard others.allSatisfy({ array.shape[$0] == 1 }) else {
      throw Failure(
        .badData, "its shape is \(array.shape.text): channels or times are more than one",
        remedy: "write one of them to a store of its own")
    }
    return axes
  }

  /// Reads the voxels of the level that `reading` asks for.
  ///
  /// - Throws: `Failure` if it is not there, or cannot be read.
  func volume(_ reading: VoxelReading) throws -> StoredVolume {
    let level = try level(reading.level)
    let opened = try opened(level, voxelSize: reading.voxelSizeAngstroms)
    let (array, geometry) = (opened.array, opened.geometry)
    let memory = try array.voxels(opened.axes, in: folder)
    var format = array.element.format
    if [.int8, .uint8].contains(format), reading.signs != .found {
      format = reading.signs == .signed ? .int8 : .uint8
    }
    let kind = image.map { "OME-Zarr \($0.version)" } ?? "Zarr \(array.version)"
    let order = array.element.format.size == 1 ? "" : ", \(array.element.bigEndian ? "big" : "little")-endian"
    let codecs = array.codecs.names.isEmpty ? "not compressed" : array.codecs.names.joined(separator: ", ")
    return StoredVolume(
      source: VoxelSource(
        memory, format: format, bigEndian: array.element.bigEndian, shape: geometry.shape),
      geometry: geometry, name: name,
      storage: "\(kind), \(array.element.name)\(order), chunks of \(array.innerChunk.text), \(codecs)"
        + (array.shards == nil ? "" : ", sharded"),
      notes: (image?.notes ?? []) + opened.notes)
  }

  private func level(_ wanted: PyramidLevel?) throws -> OMEImage.Level? {
    guard let image, named == nil else {
      if wanted != nil {
        throw Failure(
          .usage, path: folder.path, "one array of it is given already", remedy: "leave --level out")
      }
      return named.flatMap { image?.levels[$0] }
    }
    switch wanted ?? .number(0) {
    case .number(let number):
      guard number < image.levels.count else {
        throw Failure(
          .usage, path: folder.path, "has no level \(number): it has \(image.levels.count), counted from 0",
          remedy: "cryosam info lists them")
      }
      return image.levels[number]
    case .voxelSize(let size):
      let distances = try levels().map { level in
        abs(log((level.geometry.voxelSizeAngstroms.sum() / 3) / size))
      }
      guard let nearest = distances.indices.min(by: { (distances[$0], $0) < (distances[$1], $1) }),
        distances[nearest].isFinite
      else {
        throw Failure(
          .usage, path: folder.path, "no voxel size of its levels is known",
          remedy: "give the level's number with --level")
      }
      return image.levels[nearest]
    }
  }
}

/// A level's voxel size and origin in Angstroms, (x, y, z).
private struct Place {
  var size = SIMD3<Double>.zero
  var origin = SIMD3<Double>.zero

  init() {}

  init(
    _ image: OMEImage, _ level: OMEImage.Level, _ axes: ZarrAxes, rank: Int, isSized: Bool,
    _ notes: inout [String]
  ) throws {
    guard let scale = level.scale else {
      notes.append("the voxel size is unknown: the store tells no scale")
      return
    }
    guard scale.count == rank, (level.translation ?? scale).count == rank else {
      throw Failure(
        .badData, "has \(rank) axes, but its scale has \(scale.count)", remedy: "write the store again")
    }
    let order = [axes.x, axes.y, axes.z ?? axes.y]
    for (place, axis) in order.enumerated() {
      guard scale[axis].isFinite, scale[axis] >= 0 else {
        if isSized {
          (size, origin) = (.zero, .zero)
          return
        }
        throw Failure(
          .badData, "its scale is \(scale[axis]): no voxel size can be read",
          remedy: "give it with --voxel-size")
      }
      let unit = image.axes?[axis].unit
      guard let angstroms = unit.map(OMEImage.angstroms) ?? 1 else {
        notes.append("the voxel size is unknown: the unit '\(unit ?? "")' is none of length")
        (size, origin) = (.zero, .zero)
        return
      }
      size[place] = scale[axis] * angstroms
      origin[place] = (level.translation?[axis] ?? 0) * angstroms
    }
    if axes.z == nil { origin.z = 0 }
    if order.contains(where: { image.axes?[$0].unit == nil }) {
      guard size != SIMD3(1, 1, 1) else {
        notes.append("the voxel size is unknown: the store's scale is 1, without a unit")
        size = .zero
        return
      }
      notes.append("the store names no unit of length: its scale is taken for Angstroms")
    }
    guard (0..<3).allSatisfy({ plausibleVoxelSizes.contains(size[$0]) }) else {
      let shown = (0..<3).map { "\(Float(size[$0]))" }.joined(separator: ", ")
      notes.append(
        "the voxel size is unknown: the store's would be \(shown) A, which no tomogram has; give it with --voxel-size"
      )
      size = .zero
      return
    }
    if !(0..<3).allSatisfy({ origin[$0].isFinite }) { origin = .zero }
  }
}

extension SIMD3<Double> {
  /// A voxel size as an MRC header would give it, so that a volume has the same in either format.
  fileprivate func asInHeader(of shape: VolumeShape) -> SIMD3<Double> {
    let counts = SIMD3(Double(shape.width), Double(shape.height), Double(shape.depth))
    return (self * counts).asInHeader() / counts
  }

  /// In the precision of a header.
  fileprivate func asInHeader() -> SIMD3<Double> { SIMD3(SIMD3<Float>(self)) }
}
