import Files
import Platform

/// An MRC file, open: its header and the bytes of its voxels, mapped where the file is plain, unpacked into
/// memory where it is compressed.
struct MRCFile: Sendable {
  let header: MRCHeader
  let layout: MRCLayout
  /// The file as it is on the disk.
  let file: MappedFile
  /// `gzip`, `bzip2`, or nil.
  let compression: String?
  /// What keeps `voxels` alive.
  let owner: any AnyObject & Sendable
  /// The voxels of all volumes, as stored; in the machine's memory or in the mapped file.
  nonisolated(unsafe) let voxels: UnsafeRawBufferPointer
  /// What was lenient or ambiguous.
  let notes: [String]

  /// Bytes tolerated after the voxels of a compressed file; more is refused as a bomb.
  private static let trailingLimit = 1 << 20

  /// How many times a compressed file may grow if it unpacks to more than a few bytes: gzip makes 1032 times at most of
  /// empty masks, bzip2 twenty times of tomograms, but a million times of nothing.
  private static let (mostPacking, unsuspected) = (2000, 256 << 20)

  /// Opens the file at `path`.
  ///
  /// The memory taken never depends on the header alone: a plain file is mapped, and of a compressed one no more
  /// is held than twice what its stream has yielded so far.
  ///
  /// - Throws: `Failure` for files that are missing, not MRC, damaged, cut off, or of an unsupported mode.
  init(_ path: String, reading: VoxelReading = .usual) throws {
    let file = try MappedFile(path)
    self = try inFile(path) { try withExtendedLifetime(file) { try Self(file, reading) } }
  }

  private init(_ file: MappedFile, _ reading: VoxelReading) throws {
    self.file = file
    guard let compression = Compression(file.bytes) else {
      header = try MRCHeader(file.bytes)
      var layout = try MRCLayout(header, voxelSize: reading.voxelSizeAngstroms)
      layout.dropStaleExtension(ofFileOf: file.count)
      let present = file.count - layout.dataOffset
      guard present >= layout.dataBytes else { throw Self.tooShort(header, layout, file.count) }
      voxels = UnsafeRawBufferPointer(rebasing: file.bytes[layout.dataOffset..<layout.fileBytes])
      layout.settleSign(reading.signs, voxels)
      self.layout = layout
      owner = file
      self.compression = nil
      var notes = layout.notes
      if present > layout.dataBytes {
        notes.append("\(present - layout.dataBytes) bytes follow the voxels; ignored")
      }
      if Path.ends(file.path, in: ".gz", ".bz2") {
        notes.append("the file is not compressed, though its name says so")
      }
      self.notes = notes
      return
    }

    let stream = try compression.decompressor(file)
    let start = try withUnsafeTemporaryAllocation(byteCount: MRCHeader.size, alignment: 8) { start in
      let count = try stream.read(into: start)
      return [UInt8](start[..<count])
    }
    let header = try start.withUnsafeBytes { try MRCHeader($0) }
    var layout = try MRCLayout(header, voxelSize: reading.voxelSizeAngstroms)
    guard layout.fileBytes <= Self.unsuspected || layout.fileBytes / Self.mostPacking <= file.count else {
      throw Failure(
        .badData,
        "its \(byteSize(file.count)) would unpack to \(byteSize(layout.fileBytes)): no tomogram is packed so well",
        remedy: "unpack it first if that is meant")
    }
    let unpacked = try UnpackedBytes(stream, wanted: layout.fileBytes - MRCHeader.size)
    guard unpacked.bytes.count == layout.fileBytes - MRCHeader.size else {
      throw Self.tooShort(header, layout, MRCHeader.size + unpacked.bytes.count)
    }
    let trailing = try Self.countTrailing(stream)
    voxels = UnsafeRawBufferPointer(rebasing: unpacked.bytes[header.extendedHeaderBytes...])
    layout.settleSign(reading.signs, voxels)
    self.header = header
    self.layout = layout
    self.compression = compression == .gzip ? "gzip" : "bzip2"
    owner = unpacked
    notes = layout.notes + (trailing > 0 ? ["\(trailing) bytes follow the voxels; ignored"] : [])
  }

  /// Reads to the end of the stream, which checks its check sum, and counts the bytes.
  private static func countTrailing(_ stream: any Decompressor) throws -> Int {
    try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { scratch in
      var trailing = 0
      while true {
        let count = try stream.read(into: scratch)
        trailing += count
        if count == 0 { return trailing }
        guard trailing <= trailingLimit else {
          throw Failure(
            .badData, "the compressed stream goes on for more than \(trailingLimit) bytes after the voxels",
            remedy: "unpack it and look at what it holds")
        }
      }
    }
  }

  private static func tooShort(_ header: MRCHeader, _ layout: MRCLayout, _ bytes: Int) -> Failure {
    if bytes < layout.dataOffset {
      return Failure(
        .badData,
        "announces an extended header of \(header.extendedHeaderBytes) bytes, but ends after \(bytes) bytes",
        remedy: "the file is incomplete or damaged; copy it again")
    }
    return Failure(
      .badData,
      "announces \(header.columns) x \(header.rows) x \(header.sections) voxels, \(layout.dataBytes) bytes, "
        + "but holds \(bytes - layout.dataOffset)", remedy: "the file is incomplete or damaged; copy it again"
    )
  }
}

/// Memory that grows as a stream yields bytes. Large blocks grow without being copied.
private final class UnpackedBytes: @unchecked Sendable {
  private(set) var bytes: UnsafeRawBufferPointer

  /// Unpacks up to `wanted` bytes; fewer if the stream ends before.
  init(_ stream: any Decompressor, wanted: Int) throws {
    var memory: UnsafeMutableRawPointer?
    var capacity = 0
    var count = 0
    do {
      while count < wanted {
        if count == capacity {
          capacity = min(wanted, max(1 << 20, capacity * 2))
          guard let grown = realloc(memory, capacity) else {
            throw Failure(.unavailable, "there is no memory for \(wanted) bytes of voxels")
          }
          memory = grown
        }
        let room = UnsafeMutableRawBufferPointer(start: memory.map { $0 + count }, count: capacity - count)
        let read = try stream.read(into: room)
        count += read
        if read < room.count { break }
      }
    } catch {
      free(memory)
      throw error
    }
    bytes = UnsafeRawBufferPointer(start: memory, count: count)
  }

  deinit { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
}
