import CCompression
import Files

/// A gzip or bzip2 stream that is unpacked piece by piece, never more than was asked for.
protocol Decompressor: AnyObject {
  /// Unpacks into `buffer` until it is full or the stream ends.
  ///
  /// - Returns: the bytes written; fewer than the buffer holds only at the end of the stream.
  /// - Throws: `Failure` for a stream that is damaged or cut off.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// The compression of a file, by its first bytes.
enum Compression {
  case gzip
  case bzip2

  init?(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B {
      self = .gzip
    } else if bytes.count >= 4, bytes[0] == 0x42, bytes[1] == 0x5A, bytes[2] == 0x68,
      (0x31...0x39).contains(bytes[3])
    {
      self = .bzip2
    } else {
      return nil
    }
  }

  /// The stream over the bytes of `file`.
  func decompressor(_ file: MappedFile) throws -> any Decompressor {
    switch self {
    case .gzip: try GzipDecompressor(file)
    case .bzip2: try Bzip2Decompressor(file)
    }
  }
}

private let copyAgain = "the file is damaged or incomplete; copy it again"

/// The most bytes handed to the C libraries at once; their counters have 32 bits.
private let pieceLimit = 1 << 30

/// One or more gzip members, by zlib. What follows the last member and is not a member is ignored, as gzip does.
private final class GzipDecompressor: Decompressor {
  private let file: MappedFile
  /// zlib keeps a pointer back to the stream, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var position = 0
  private var ended = false

  init(_ file: MappedFile) throws {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(stream, 15 + 16, zlibVersion(), size) == Z_OK else {
      throw Failure(.unavailable, path: file.path, "zlib cannot start: out of memory")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count && !ended {
      let input = UnsafeRawBufferPointer(rebasing: file.bytes[position...].prefix(pieceLimit))
      let output = UnsafeMutableRawBufferPointer(rebasing: buffer[done...].prefix(pieceLimit))
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.bindMemory(to: UInt8.self).baseAddress)
      stream.pointee.avail_in = UInt32(input.count)
      stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      let code = inflate(stream, Z_NO_FLUSH)
      let consumed = input.count - Int(stream.pointee.avail_in)
      let produced = output.count - Int(stream.pointee.avail_out)
      position += consumed
      done += produced
      switch code {
      case Z_STREAM_END: startNextMember()
      case Z_OK, Z_BUF_ERROR:
        guard consumed + produced > 0 else {
          throw Failure(.badData, path: file.path, "the gzip stream is cut off", remedy: copyAgain)
        }
      default:
        let detail = stream.pointee.msg.map { ": " + String(cString: $0) } ?? ""
        throw Failure(.badData, path: file.path, "the gzip stream is damaged\(detail)", remedy: copyAgain)
      }
    }
    return done
  }

  private func startNextMember() {
    let rest = file.bytes[position...]
    if rest.count >= 2, rest[position] == 0x1F, rest[position + 1] == 0x8B, inflateReset(stream) == Z_OK {
      return
    }
    ended = true
  }
}

/// One or more bzip2 streams, by libbz2.
private final class Bzip2Decompressor: Decompressor {
  private let file: MappedFile
  private let stream: UnsafeMutablePointer<bz_stream>
  private var position = 0
  private var ended = false

  init(_ file: MappedFile) throws {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: bz_stream())
    try start()
  }

  deinit {
    BZ2_bzDecompressEnd(stream)
    stream.deallocate()
  }

  private func start() throws {
    guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else {
      throw Failure(.unavailable, path: file.path, "libbz2 cannot start: out of memory")
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count && !ended {
      let input = UnsafeRawBufferPointer(rebasing: file.bytes[position...].prefix(pieceLimit))
      let output = UnsafeMutableRawBufferPointer(rebasing: buffer[done...].prefix(pieceLimit))
      stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: CChar.self).baseAddress)
      stream.pointee.avail_in = UInt32(input.count)
      stream.pointee.next_out = output.bindMemory(to: CChar.self).baseAddress
      stream.pointee.avail_out = UInt32(output.count)
      let code = BZ2_bzDecompress(stream)
      let consumed = input.count - Int(stream.pointee.avail_in)
      let produced = output.count - Int(stream.pointee.avail_out)
      position += consumed
      done += produced
      switch code {
      case BZ_STREAM_END: try startNextStream()
      case BZ_OK:
        guard consumed + produced > 0 else {
          throw Failure(.badData, path: file.path, "the bzip2 stream is cut off", remedy: copyAgain)
        }
      default:
        throw Failure(.badData, path: file.path, "the bzip2 stream is damaged", remedy: copyAgain)
      }
    }
    return done
  }

  private func startNextStream() throws {
    let rest = UnsafeRawBufferPointer(rebasing: file.bytes[position...])
    guard case .bzip2? = Compression(rest) else {
      ended = true
      return
    }
    BZ2_bzDecompressEnd(stream)
    stream.initialize(to: bz_stream())
    try start()
  }
}
