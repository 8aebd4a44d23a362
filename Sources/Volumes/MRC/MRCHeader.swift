import Files

/// The 1024 bytes at the start of an MRC file (MRC2014), as they stand, in the machine's byte order.
///
/// Source: Cheng et al. 2015, "MRC2014: Extensions to the MRC format header for electron cryo-microscopy and
/// tomography", and https://www.ccpem.ac.uk/mrc_format/mrc2014.php. Nothing here is turned to the standard axis
/// order; `MRCLayout` does that.
public struct MRCHeader: Sendable {
  public static let size = 1024

  public let bigEndian: Bool
  /// nx, ny, nz: columns, rows and sections as stored.
  public let columns: Int
  public let rows: Int
  public let sections: Int
  public let mode: Int
  /// nxstart, nystart, nzstart: of columns, rows, sections.
  public let start: SIMD3<Int32>
  /// mx, my, mz: grid intervals along the cell's x, y, z.
  public let intervals: SIMD3<Int32>
  /// cella: the cell's lengths along x, y, z.
  public let cellAngstroms: SIMD3<Float>
  /// cellb: alpha, beta, gamma.
  public let cellAnglesDegrees: SIMD3<Float>
  /// mapc, mapr, maps: the axes (1 x, 2 y, 3 z) of columns, rows, sections.
  public let axes: SIMD3<Int32>
  /// dmin, dmax, dmean, rms: what the header claims about the voxels.
  public let minimum: Float
  public let maximum: Float
  public let mean: Float
  public let rms: Float
  /// ispg: 0 images, 1 volume, 401 and up a stack of volumes.
  public let spaceGroup: Int
  /// nsymbt: the bytes between header and voxels.
  public let extendedHeaderBytes: Int
  /// exttyp, without padding.
  public let extendedHeaderType: String
  /// nversion: year x 10 + version; 0 in the older format.
  public let version: Int
  /// IMOD's own two words: its stamp and its flags.
  public let imodStamp: Int32
  public let imodFlags: Int32
  public let originAngstroms: SIMD3<Float>
  /// machst
  public let machineStamp: [UInt8]
  /// nlabl of the ten labels, without padding.
  public let labels: [String]

  /// Departures from the standard with one sensible reading.
  public let notes: [String]

  /// Reads the first 1024 bytes of `bytes`.
  ///
  /// - Throws: `Failure` when there are fewer, or it is not the header of an MRC file. Sizes are not checked here.
  public init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count >= Self.size else {
      throw Failure(
        .badData, "ends inside the \(Self.size)-byte MRC header: it has \(bytes.count) bytes",
        remedy: "the file is incomplete; copy it again")
    }
    let (map, stamp) = ([UInt8](bytes[208..<212]), [UInt8](bytes[212..<216]))
    let isMap = map.starts(with: Array("MAP".utf8)) && [0x20, 0].contains(map[3])
    guard isMap || Self.isBlank(map) && Self.soundOrder(bytes) != nil else {
      throw Failure(
        .badData, "is not an MRC file: bytes 208 to 211 are not the text 'MAP '",
        remedy: "convert it to MRC2014 first")
    }
    var (bigEndian, notes) = try Self.byteOrder(stamp, bytes)
    if !isMap {
      notes.append("the text 'MAP ' is missing, as in files from before 2000; the sizes are sound")
    }
    let words = HeaderWords(bytes: bytes, bigEndian: bigEndian)
    self.bigEndian = bigEndian
    self.notes = notes
    machineStamp = stamp
    columns = Int(words.integer(0))
    rows = Int(words.integer(4))
    sections = Int(words.integer(8))
    mode = Int(words.integer(12))
    start = words.integers(16)
    intervals = words.integers(28)
    cellAngstroms = words.floats(40)
    cellAnglesDegrees = words.floats(52)
    axes = words.integers(64)
    minimum = words.float(76)
    maximum = words.float(80)
    mean = words.float(84)
    spaceGroup = Int(words.integer(88))
    extendedHeaderBytes = Int(words.integer(92))
    extendedHeaderType = Self.text(bytes[104..<108])
    version = Int(words.integer(108))
    imodStamp = words.integer(152)
    imodFlags = words.integer(156)
    originAngstroms = words.floats(196)
    rms = words.float(216)
    labels = (0..<min(10, max(0, Int(words.integer(220))))).map {
      Self.text(bytes[224 + 80 * $0..<304 + 80 * $0])
    }
  }

  /// Whether dmin, dmax and dmean were determined: by convention they are unset when dmax < dmin.
  public var hasStatistics: Bool {
    minimum.isFinite && maximum.isFinite && mean.isFinite && maximum >= minimum
  }

  /// The byte order by the machine stamp; by the contents if the stamp is empty or but a part of one.
  private static func byteOrder(
    _ stamp: [UInt8], _ bytes: UnsafeRawBufferPointer
  ) throws -> (bigEndian: Bool, notes: [String]) {
    switch (stamp[0], stamp[1]) {
    case (0x44, 0x44), (0x44, 0x41), (0x44, 0x40): return (false, [])
    case (0x11, 0x11): return (true, [])
    case _
    where stamp[1...].allSatisfy({ $0 == 0 || $0 == 0x20 }) && [0, 0x20, 0x44, 0x11].contains(stamp[0]):
      // Empty, blanks, or the half of one: the contents decide.
      let name = stamp.allSatisfy { $0 == 0 } ? "empty" : "not one of the standard's"
      guard let bigEndian = soundOrder(bytes) else {
        throw Failure(
          .badData, "the machine stamp is \(name) and the contents make sense in neither byte order",
          remedy: "convert it to MRC2014 first")
      }
      let order = bigEndian ? "big" : "little"
      return (bigEndian, ["the machine stamp is \(name); the contents are \(order)-endian"])
    default:
      let shown = stamp.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
      throw Failure(
        .badData, "the machine stamp \(shown) is neither little- nor big-endian",
        remedy: "set bytes 212 and 213 to 0x44 0x44 if the file is little-endian")
    }
  }

  /// The byte order in which sizes and mode make sense: whether it is big-endian; nil if they do in none.
  private static func soundOrder(_ bytes: UnsafeRawBufferPointer) -> Bool? {
    [false, true].first { bigEndian in
      let words = HeaderWords(bytes: bytes, bigEndian: bigEndian)
      return [0, 4, 8].allSatisfy { (1...Int32(1 << 20)).contains(words.integer($0)) }
        && (0...101).contains(words.integer(12))
    }
  }

  private static func isBlank(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 == 0 || $0 == 0x20 } }

  /// ASCII text without padding; other bytes become '?'.
  private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    var kept = Array(bytes.prefix { $0 != 0 }.map { (32..<127).contains($0) ? $0 : UInt8(ascii: "?") })
    while kept.last == UInt8(ascii: " ") { kept.removeLast() }
    return String(decoding: kept, as: UTF8.self)
  }
}

/// The header's 4-byte words in the machine's byte order.
private struct HeaderWords {
  let bytes: UnsafeRawBufferPointer
  let bigEndian: Bool

  func bits(_ offset: Int) -> UInt32 {
    let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    return bigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
  }
  func integer(_ offset: Int) -> Int32 { Int32(bitPattern: bits(offset)) }
  func float(_ offset: Int) -> Float { Float(bitPattern: bits(offset)) }
  func integers(_ offset: Int) -> SIMD3<Int32> {
    SIMD3(integer(offset), integer(offset + 4), integer(offset + 8))
  }
  func floats(_ offset: Int) -> SIMD3<Float> { SIMD3(float(offset), float(offset + 4), float(offset + 8)) }
}
