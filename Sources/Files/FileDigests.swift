import CCrypto

/// SHA-256 and MD5 of a file, read once.
///
/// MD5 is here only because a publisher put the start of it into the names of files; it is no protection against
/// somebody who wants to deceive.
public struct FileDigests: Sendable, Equatable {
  /// Lower-case hexadecimal.
  public let sha256: String
  /// Lower-case hexadecimal.
  public let md5: String
  public let byteCount: Int

  private static let chunk = 1 << 22

  /// - Parameter progress: called with the bytes done since the last call.
  /// - Throws: `Failure` when the file cannot be read.
  public init(ofFile path: String, progress: (Int) -> Void = { _ in }) throws {
    let file = try MappedFile(path)
    (sha256, md5) = try file.withBytes { bytes in
      var sha = SHA256()
      var md5 = MD5_CTX()
      MD5_Init(&md5)
      for start in stride(from: 0, to: bytes.count, by: Self.chunk) {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.chunk, bytes.count)])
        sha.update(piece)
        MD5_Update(&md5, piece.baseAddress, piece.count)
        progress(piece.count)
      }
      var digest = [UInt8](repeating: 0, count: Int(MD5_DIGEST_LENGTH))
      MD5_Final(&digest, &md5)
      return (sha.hexDigest(), hexadecimal(digest))
    }
    byteCount = file.count
  }
}

/// `bytes` in lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
