import Files

/// A voxel that an MRC file can hold.
public protocol MRCVoxel: BitwiseCopyable, Sendable {
  /// The mode of files of such voxels.
  static var mode: Int32 { get }
  static func floats(_ voxels: [Self]) -> [Float]
}

/// Mode 0, for masks.
extension Int8: MRCVoxel {
  public static var mode: Int32 { 0 }
  public static func floats(_ voxels: [Int8]) -> [Float] { voxels.map { Float($0) } }
}

/// Mode 6, for labels up to 65,535.
extension UInt16: MRCVoxel {
  public static var mode: Int32 { 6 }
  public static func floats(_ voxels: [UInt16]) -> [Float] { voxels.map { Float($0) } }
}

/// Mode 2.
extension Float: MRCVoxel {
  public static var mode: Int32 { 2 }
  public static func floats(_ voxels: [Float]) -> [Float] { voxels }
}

/// Writes a volume as MRC2014, little-endian, in the standard axis order, one z-section at a time.
///
/// Statistics are gathered on the way and the header is written last; the file appears under its name only when
/// `commit` succeeds. `mrcfile.validate` accepts it.
public final class MRCWriter<Voxel: MRCVoxel> {
  private let file: AtomicFile
  private let geometry: Geometry
  private let label: String
  private var statistics = VoxelStatistics()
  private var sections = 0

  /// Starts the file at `path`.
  ///
  /// - Parameter label: the header's first label, in ASCII; 80 characters of it are kept.
  /// - Throws: `Failure` when the file cannot be created or the volume is too large for MRC's 32-bit sizes.
  public init(_ path: String, geometry: Geometry, label: String = "Written by cryosam") throws {
    let sizes = [geometry.depth, geometry.height, geometry.width]
    guard sizes.allSatisfy({ Int32(exactly: $0) != nil }) else {
      throw Failure(.badData, path: path, "a volume of \(sizes) voxels is too large for MRC")
    }
    self.geometry = geometry
    self.label = label
    file = try AtomicFile(path)
    try file.write([UInt8](repeating: 0, count: MRCHeader.size))
  }

  /// Writes the next section `[H, W]`, row-major.
  public func append(_ section: [Voxel]) throws {
    precondition(section.count == geometry.height * geometry.width && sections < geometry.depth)
    Voxel.floats(section).withUnsafeBufferPointer { statistics.add($0) }
    try section.withUnsafeBytes { try file.write($0) }
    sections += 1
  }

  /// Completes the file.
  public func commit() throws {
    precondition(sections == geometry.depth, "\(sections) of \(geometry.depth) sections were written")
    try file.overwrite(header(), at: 0)
    try file.commit()
  }

  /// Writes a whole volume `[D, H, W]`.
  public static func write(_ voxels: [Voxel], to path: String, geometry: Geometry) throws {
    precondition(voxels.count == geometry.count)
    let writer = try MRCWriter(path, geometry: geometry)
    let section = geometry.height * geometry.width
    for z in 0..<geometry.depth { try writer.append(Array(voxels[z * section..<(z + 1) * section])) }
    try writer.commit()
  }

  private func header() -> [UInt8] {
    var header = [UInt8](repeating: 0, count: MRCHeader.size)
    func put(_ values: [Int32], at offset: Int) {
      for (index, value) in values.enumerated() {
        withUnsafeBytes(of: value.littleEndian) { bytes in
          header.replaceSubrange(offset + 4 * index..<offset + 4 * index + 4, with: bytes)
        }
      }
    }
    func putFloats(_ values: [Float], at offset: Int) {
      put(values.map { Int32(bitPattern: $0.bitPattern) }, at: offset)
    }
    let sizes = [Int32(geometry.width), Int32(geometry.height), Int32(geometry.depth)]
    let cell = (0..<3).map { Float(geometry.voxelSizeAngstroms[$0] * Double(sizes[$0])) }
    put(sizes + [Voxel.mode], at: 0)
    put((0..<3).map { geometry.start[$0] }, at: 16)
    put(sizes, at: 28)  // mx, my, mz
    putFloats(cell + [90, 90, 90], at: 40)
    put([1, 2, 3], at: 64)
    putFloats(storedStatistics, at: 76)
    put([Int32(1)], at: 88)  // ispg: a volume
    put([Int32(20_141)], at: 108)  // nversion: MRC2014, update 1
    putFloats((0..<3).map { Float(geometry.originAngstroms[$0]) }, at: 196)
    header.replaceSubrange(208..<216, with: [0x4D, 0x41, 0x50, 0x20, 0x44, 0x44, 0, 0])
    putFloats([statistics.finiteCount > 0 ? Float(statistics.standardDeviation) : -1], at: 216)
    put([Int32(1)], at: 220)
    let text = label.utf8.prefix(80).map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") }
    header.replaceSubrange(224..<304, with: text + [UInt8](repeating: 32, count: 80 - text.count))
    return header
  }

  /// dmin, dmax, dmean; the convention for "not determined" if no voxel is finite.
  private var storedStatistics: [Float] {
    statistics.finiteCount > 0
      ? [statistics.minimum, statistics.maximum, Float(statistics.mean)] : [0, -1, -2]
  }
}
