import Files
import Parallel

/// A tomogram: voxels `[D, H, W]`, read as float32 slice by slice, in the standard axis order whatever the file's.
///
/// The voxels stay where they are, in the mapped file (or unpacked in memory, as stored, if the file is
/// compressed or a Zarr store). Voxels that are NaN or infinite read as the mean of the others.
public struct Tomogram: Sendable {
  /// The file or folder it was read from; nil if it was made in memory.
  public let path: String?
  /// What tables call it: its file's name, without folders.
  public let name: String
  public let geometry: Geometry
  /// The header of an MRC file.
  public let header: MRCHeader?
  /// `gzip`, `bzip2`, or nil.
  public let compression: String?
  /// Over the finite voxels of the specimen.
  public let statistics: VoxelStatistics
  /// What is not the specimen.
  public let cleaning: VoxelCleaning
  /// What was lenient, ambiguous or replaced, one line each.
  public let notes: [String]
  /// The format, and how the voxels are stored, for people: `MRC, mode 2, little-endian`.
  public let storage: String
  let source: VoxelSource
  private let file: MappedFile?
  /// Whether its voxels are those of the file.
  private let isAsStored: Bool

  /// Opens the volume at `path`, an MRC file (plain, gzip or bzip2) or an OME-Zarr folder, and goes once over its voxels.
  ///
  /// - Parameter volume: which volume, if the file is a stack of volumes (ispg 401 and up); nil takes the first
  ///   and says so in `notes`.
  /// - Parameter cleaning: what to look for that is not the specimen; by default every voxel is taken as it is.
  /// - Parameter reading: what the user says where headers cannot be trusted.
  /// - Parameter name: what tables call it, if not as its file.
  /// - Throws: `Failure` for files that are missing, of neither format, damaged, cut off, of an unsupported mode, or
  ///   without any finite voxel.
  public init(
    _ path: String, volume: Int? = nil, cleaning choice: VoxelCleaning.Choice = .none,
    reading: VoxelReading = .usual, name: String? = nil
  ) throws {
    let stored = try StoredVolume.open(path, volume: volume, reading: reading)
    var notes = stored.notes
    let source = stored.source
    let raw = VoxelStatistics(source)
    guard raw.finiteCount > 0 else {
      throw Failure(
        .badData, path: path, "none of its \(source.count) voxels is finite",
        remedy: "there is nothing to segment; reconstruct it again")
    }
    if raw.nonFiniteCount > 0 {
      notes.append(
        "\(raw.nanCount) voxels are NaN, \(raw.infiniteCount) infinite; replaced by the mean of the rest"
      )
    }
    if let remark = stored.contradiction(of: raw) { notes.append(remark) }
    let finding = VoxelCleaning.find(choice, in: source, stored.geometry, raw: raw)
    guard finding.statistics.finiteCount > 0 else {
      throw Failure(
        .badData, path: path, "no voxel is left by --fill and --clip",
        remedy: "give values that the specimen does not have")
    }
    notes += finding.notes
    self.path = path
    self.name = name ?? stored.name
    self.source = source
    cleaning = finding.cleaning
    statistics = finding.statistics
    self.notes = notes
    geometry = stored.geometry
    header = stored.header
    compression = stored.compression
    storage = stored.storage
    file = stored.file
    isAsStored = true
  }

  /// What `binning` made of `given`.
  init(_ given: Tomogram, binned source: VoxelSource, _ geometry: Geometry, _ binning: Binning) throws {
    statistics = VoxelStatistics(source)
    guard statistics.finiteCount > 0 else {
      throw Failure(.badData, path: given.path, "none of its binned voxels is finite")
    }
    (self.source, self.geometry, cleaning) = (source, geometry, .none)
    (path, name, notes, header, compression) = (given.path, given.name, given.notes, nil, nil)
    storage = "\(given.storage), binned by \(binning.factor)"
    (file, isAsStored) = (given.file, false)
  }

  /// A tomogram in memory.
  ///
  /// - Throws: `Failure` when no voxel is finite.
  public init(voxels: [Float], geometry: Geometry) throws {
    source = VoxelSource(voxels, geometry: geometry)
    statistics = VoxelStatistics(source)
    guard statistics.finiteCount > 0 else {
      throw Failure(.badData, "none of the \(voxels.count) voxels is finite")
    }
    cleaning = .none
    self.geometry = geometry
    (path, name) = (nil, "tomogram")
    header = nil
    compression = nil
    notes = []
    storage = "in memory"
    (file, isAsStored) = (nil, false)
  }

  /// SHA-256 of the file as it is on the disk, in hexadecimal; of the float32 voxels if it is no single file: a Zarr store
  /// has the same one however its chunks are made.
  ///
  /// Reads all of it each time.
  public func sha256() -> String {
    if let file, isAsStored { return SHA256.hexDigest(of: file.bytes) }
    var hash = SHA256()
    for z in 0..<geometry.depth { source.plane(.z, z, shape).withUnsafeBytes { hash.update($0) } }
    return hash.hexDigest()
  }

  /// Checks that its file has not been written to since it was opened.
  ///
  /// - Throws: `Failure` if what was read may be of another tomogram.
  public func checkUnchanged() throws { try file?.checkUnchanged() }

  /// Slice `index` across `axis`, row-major: `.z` gives [y, x], `.y` gives [z, x], `.x` gives [z, y].
  public func slice(axis: Axis, index: Int) -> [Float] {
    precondition((0..<shape[axis]).contains(index), "slice \(index) is outside the tomogram")
    var values = source.plane(axis, index, shape)
    clean(&values)
    return values
  }

  /// Replaces what is not the specimen.
  private func clean(_ values: inout [Float]) {
    guard isUnclean else { return }
    let (cleaning, mean) = (cleaning, Float(statistics.mean))
    for index in values.indices { values[index] = cleaning.read(values[index], mean: mean) }
  }

  /// Whether any voxel is read as another value.
  var isUnclean: Bool { statistics.nonFiniteCount > 0 || !cleaning.isNone }

  /// The voxel (z, y, x).
  public subscript(z: Int, y: Int, x: Int) -> Float {
    precondition(
      z >= 0 && z < geometry.depth && y >= 0 && y < geometry.height && x >= 0 && x < geometry.width)
    var value: Float = 0
    source.read(
      &value, count: 1, first: z * source.stride.z + y * source.stride.y + x * source.stride.x, stride: 1)
    return cleaning.read(value, mean: Float(statistics.mean))
  }

  /// The values below which `percents` of the finite voxels lie, interpolated linearly between order statistics as
  /// `numpy.percentile` does. Exact, and the same for every number of threads.
  public func percentiles(_ percents: [Double]) -> [Double] {
    OrderStatistics(source, cleaning, count: statistics.finiteCount).percentiles(percents)
  }
}
