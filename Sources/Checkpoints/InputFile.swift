import Files
import SystemPackage

/// A file read piece by piece at any place.
///
/// Reading instead of mapping keeps a conversion's resident memory small: pages of a mapping would count.
package final class InputFile: Sendable {
  package let path: String
  package let count: Int
  private let descriptor: FileDescriptor

  /// - Throws: `Failure` when the file cannot be opened or is not a regular file.
  package init(_ path: String) throws {
    self.path = path
    (descriptor, count) = try openRegularFile(path)
  }

  deinit { try? descriptor.close() }

  /// Fills `buffer` with the bytes from `start` on.
  ///
  /// - Throws: `Failure` if the file ends before, or cannot be read.
  package func read(at start: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let got = try systemCall(.inputOutput, path, "cannot read") {
        try descriptor.read(fromAbsoluteOffset: Int64(start + done), into: rest)
      }
      guard got > 0 else {
        throw Failure(.badData, path: path, "ends at byte \(start + done), in the middle")
      }
      done += got
    }
  }

  /// The bytes `range`, which must lie inside the file.
  package func read(_ range: Range<Int>) throws -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw Failure(.badData, path: path, "ends at byte \(count), but byte \(range.upperBound) is needed")
    }
    var bytes = [UInt8](repeating: 0, count: range.count)
    try bytes.withUnsafeMutableBytes { try read(at: range.lowerBound, into: $0) }
    return bytes
  }

  /// The SHA-256 of the whole file, in lower-case hexadecimal.
  package func sha256(progress: (Int) -> Void = { _ in }) throws -> String {
    var hash = SHA256()
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    var done = 0
    while done < count {
      let size = min(chunk.count, count - done)
      try chunk.withUnsafeMutableBytes { buffer in
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<size])
        try read(at: done, into: part)
        hash.update(UnsafeRawBufferPointer(part))
      }
      done += size
      progress(size)
    }
    return hash.hexDigest()
  }
}

/// Little-endian numbers at places of a byte array; nil outside of it.
extension [UInt8] {
  func little<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type, at place: Int) -> Number? {
    guard place >= 0, place <= count - MemoryLayout<Number>.size else { return nil }
    return withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Number.self)) }
  }

  /// The same as an `Int`; nil too if it does not fit.
  func int<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type, at place: Int) -> Int? {
    little(type, at: place).flatMap { Int(exactly: $0) }
  }
}
