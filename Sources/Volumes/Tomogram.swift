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
  /// Over the finite voxels.
  public let statistics: VoxelStatistics
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
  /// - Throws: `Failure` for files that are missing, not MRC, damaged, cut off, of an unsupported mode, or without
  ///   any finite voxel.
  public init(_ path: String, volume: Int? = nil) throws {
    let mrc = try MRCFile(path)
    let volumes = mrc.layout.volumeCount
    guard (0..<volumes).contains(volume ?? 0) else {
      throw Failure(
        .usage, path: path, "has no volume \(volume ?? 0): it holds \(volumes)",
        remedy: "volumes are counted from 0")
    }
    var notes = mrc.notes
    if volumes > 1 && volume == nil { notes.append("holds \(volumes) volumes; the first one is used") }
    let source = VoxelSource(mrc, volume: volume ?? 0)
    let statistics = VoxelStatistics(source)
    guard statistics.finiteCount > 0 else {
      throw Failure(
        .badData, path: path, "none of its \(source.count) voxels is finite",
        remedy: "there is nothing to segment; reconstruct it again")
    }
    if statistics.nonFiniteCount > 0 {
      notes.append(
        "\(statistics.nanCount) voxels are NaN, \(statistics.infiniteCount) infinite; replaced by the mean of the rest"
      )
    }
    if volumes == 1, let remark = statistics.contradiction(of: mrc.header) { notes.append(remark) }
    self.path = path
    self.source = source
    self.statistics = statistics
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

  /// Slice `index` across `axis`, row-major: `.z` gives [y, x], `.y` gives [z, x], `.x` gives [z, y].
  public func slice(axis: Axis, index: Int) -> [Float] {
    precondition((0..<shape[axis]).contains(index), "slice \(index) is outside the tomogram")
    let (rows, columns) = shape.plane(axis)
    let (first, rowStride, columnStride) =
      switch axis {
      case .z: (index * source.stride.z, source.stride.y, source.stride.x)
      case .y: (index * source.stride.y, source.stride.z, source.stride.x)
      case .x: (index * source.stride.x, source.stride.z, source.stride.y)
      }
    let mean = Float(statistics.mean)
    return [Float](written: rows * columns) { target in
      Parallel.forEachRange(rows, size: max(1, (1 << 16) / columns)) { range in
        for row in range {
          let line = target[row * columns..<(row + 1) * columns]
          guard let start = line.baseAddress else { return }
          source.read(start, count: columns, first: first + row * rowStride, stride: columnStride)
          guard statistics.nonFiniteCount > 0 else { continue }
          for column in 0..<columns where !start[column].isFinite { start[column] = mean }
        }
      }
    }
  }

  /// The voxel (z, y, x).
  public subscript(z: Int, y: Int, x: Int) -> Float {
    precondition(
      z >= 0 && z < geometry.depth && y >= 0 && y < geometry.height && x >= 0 && x < geometry.width)
    var value: Float = 0
    source.read(
      &value, count: 1, first: z * source.stride.z + y * source.stride.y + x * source.stride.x, stride: 1)
    return value.isFinite ? value : Float(statistics.mean)
  }

  /// The values below which `percents` of the finite voxels lie, interpolated linearly between order statistics as
  /// `numpy.percentile` does. Exact, and the same for every number of threads.
  public func percentiles(_ percents: [Double]) -> [Double] {
    OrderStatistics(source, finiteCount: statistics.finiteCount).percentiles(percents)
  }
}
