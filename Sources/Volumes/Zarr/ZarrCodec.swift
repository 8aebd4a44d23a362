import CCompression
import Files

/// A codec that makes bytes of bytes. Only the way back is here.
enum ZarrCodec: Sendable, Equatable {
  case blosc
  case zstd
  /// gzip and zlib, told apart by the first bytes.
  case deflate
  /// Bytes of equal rank in elements of so many bytes put together.
  case shuffle(Int)
  /// A checksum of four bytes at the end.
  case crc32c

  /// Whether the bytes become fewer, by how many nobody knows.
  var isCompression: Bool { [.blosc, .zstd, .deflate].contains(self) }

  /// The bytes it adds to those that go in.
  var addition: Int { self == .crc32c ? 4 : 0 }

  /// What `bytes` were made of: exactly `count` bytes.
  ///
  /// - Throws: `Failure` if they are damaged, or are of more or fewer.
  func decode(_ bytes: UnsafeRawBufferPointer, count: Int) throws -> [UInt8] {
    switch self {
    case .blosc:
      let blosc = try Blosc.open()
      guard let size = blosc.count(in: bytes) else {
        throw Failure(.badData, "its blosc container is damaged or cut off", remedy: copyAgain)
      }
      return try Self.filled(count, announced: size) { blosc.decompress(bytes, into: $0) }
    case .zstd:
      return try Self.filled(count) {
        let result = ZSTD_decompress($0.baseAddress, count, bytes.baseAddress, bytes.count)
        guard ZSTD_isError(result) == 0 else {
          throw Failure(
            .badData,
            "its zstd stream is damaged or not of \(count) bytes: "
              + String(cString: ZSTD_getErrorName(result)), remedy: copyAgain)
        }
        return result
      }
    case .deflate: return try Self.filled(count) { try Self.inflated(bytes, into: $0) }
    case .shuffle(let size):
      guard bytes.count == count else { throw Self.wrong(bytes.count, count) }
      let elements = count / size
      return [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
        for rank in 0..<size {
          for element in 0..<elements { target[element * size + rank] = bytes[rank * elements + element] }
        }
        for rest in elements * size..<count { target[rest] = bytes[rest] }
        initialized = count
      }
    case .crc32c:
      guard bytes.count == count + 4 else { throw Self.wrong(bytes.count - 4, count) }
      let content = UnsafeRawBufferPointer(rebasing: bytes[..<count])
      let stored = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: count, as: UInt32.self))
      guard CRC32C.checksum(content) == stored else {
        throw Failure(.badData, "its checksum (crc32c) is wrong", remedy: copyAgain)
      }
      return [UInt8](content)
    }
  }

  /// `count` bytes that `body` writes; it says how many.
  private static func filled(
    _ count: Int, announced: Int? = nil, _ body: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> [UInt8] {
    if let announced, announced != count { throw wrong(announced, count) }
    return try [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      let written = try body(UnsafeMutableRawBufferPointer(target))
      guard written == count else { throw wrong(written, count) }
      initialized = count
    }
  }

  private static func wrong(_ found: Int, _ count: Int) -> Failure {
    Failure(.badData, "holds \(max(0, found)) bytes, not the \(count) of a chunk", remedy: copyAgain)
  }

  /// Unpacks a gzip or zlib stream; one that has more is said to have one byte more.
  private static func inflated(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    guard bytes.count < Int(UInt32.max), target.count < Int(UInt32.max) else {
      throw Failure(.badData, "is too large for zlib", remedy: "write the store with smaller chunks")
    }
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 32, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw Failure(.unavailable, "zlib cannot start: out of memory")
    }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.bindMemory(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(bytes.count)
    stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(target.count)
    switch inflate(&stream, Z_FINISH) {
    case Z_STREAM_END: return target.count - Int(stream.avail_out)
    case Z_BUF_ERROR, Z_OK:
      if stream.avail_out == 0 { return target.count + 1 }
      throw Failure(.badData, "its gzip or zlib stream is cut off", remedy: copyAgain)
    default: throw Failure(.badData, "its gzip or zlib stream is damaged", remedy: copyAgain)
    }
  }
}

/// CRC-32C (Castagnoli), as in iSCSI.
enum CRC32C {
  private static let table = (0..<256).map { index -> UInt32 in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }
  }
}

private let copyAgain = "the store is incomplete or damaged; copy it again"
