import Files
import Parallel

/// A tomogram: voxels `[D, H, W]`, read as float32 slice by slice, in the standard axis order whatever the file's.
///
/// The voxels stay where they are, in the mapped file (or unpacked in memory, as stored, if the file is
/// compressed). Voxels that are NaN or infinite read as the mean of the others.
public struct Tomogram: Sendable {
  /// The file it was read from; nil if it was made in memory.
  public let path: String?
  public let geometry: Geometry
  /// The header of the file.
  public let header: MRCHeader?
  /// `gzip`, `bzip2`, or nil.
  public let compression: String?
  /// Over the finite voxels of the specimen.
  public let statistics: VoxelStatistics
  /// What is not the specimen.
  public let cleaning: VoxelCleaning
  /// What was lenient, ambiguous or replaced, one line each.
  public let notes: [String]
  /// How the voxels are stored, for people: `mode 2, little-endian`.
  public let storage: String
  let source: VoxelSource
  private let file: MappedFile?

  /// Opens the MRC file at `path`, plain, gzip or bzip2, and goes once over its voxels.
  ///
  /// - Parameter volume: which volume, if the file is a stack of volumes (ispg 401 and up); nil takes the first
  ///   and says so in `notes`.
  /// - Parameter cleaning: what to look for that is not the specimen; by default every voxel is taken as it is.
  /// - Parameter reading: what the user says where headers cannot be trusted.
  /// - Throws: `Failure` for files that are missing, not MRC, damaged, cut off, of an unsupported mode, or without
  ///   any finite voxel.
  public init(
    _ path: String, volume: Int? = nil, cleaning choice: VoxelCleaning.Choice = .none,
    reading: VoxelReading = .usual
  ) throws {
    let mrc = try MRCFile(path, reading: reading)
    let volumes = mrc.layout.volumeCount
    guard (0..<volumes).contains(volume ?? 0) else {
      throw Failure(
        .usage, path: path, "has no volume \(volume ?? 0): it holds \(volumes)",
        remedy: "volumes are counted from 0")
    }
    var notes = mrc.notes
    if volumes > 1 && volume == nil { notes.append("holds \(volumes) volumes; the first one is used") }
    let source = VoxelSource(mrc, volume: volume ?? 0)
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
    if volumes == 1, let remark = raw.contradiction(of: mrc.header) { notes.append(remark) }
    let finding = VoxelCleaning.find(choice, in: source, mrc.layout.geometry, raw: raw)
    guard finding.statistics.finiteCount > 0 else {
      throw Failure(
        .badData, path: path, "no voxel is left by --fill and --clip",
        remedy: "give values that the specimen does not have")
    }
    notes += finding.notes
    self.path = path
    self.source = source
    cleaning = finding.cleaning
    statistics = finding.statistics
    self.notes = notes
    geometry = mrc.layout.geometry
    header = mrc.header
    compression = mrc.compression
    storage = "mode \(mrc.header.mode), \(mrc.header.bigEndian ? "big" : "little")-endian"
    file = mrc.file
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
    path = nil
    header = nil
    compression = nil
    notes = []
    storage = "in memory"
    file = nil
  }

  /// SHA-256 of the file as it is on the disk, in hexadecimal; of the float32 voxels if there is no file.
  ///
  /// Reads the whole file each time.
  public func sha256() -> String {
    if let file { return SHA256.hexDigest(of: file.bytes) }
    var hash = SHA256()
    for z in 0..<geometry.depth { slice(axis: .z, index: z).withUnsafeBytes { hash.update($0) } }
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
