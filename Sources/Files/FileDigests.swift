import CCrypto

/// SHA-256 and MD5 of a file, read once.
///
/// MD5 is here only because a publisher put the start of it into the names of files; it is no protection against
/// somebody who wants to deceive.
public struct FileDigests: Sendable, Equatable {
  /// Lower-case hexadecimal.
  public let sha256: String
  /// Lower-case hexadecimal; nil where the library refuses MD5.
  public let md5: String?
  public let byteCount: Int

  private static let chunk = 1 << 22

  /// - Parameter progress: called with the bytes done since the last call.
  /// - Throws: `Failure` when the file cannot be read.
  public init(ofFile path: String, progress: (Int) -> Void = { _ in }) throws {
    let file = try MappedFile(path)
    (sha256, md5) = try file.withBytes { bytes in
      var sha = SHA256()
      let context = EVP_MD_CTX_new()
      defer { EVP_MD_CTX_free(context) }
      let hasMD5 = EVP_DigestInit_ex(context, EVP_md5(), nil) == 1
      for start in stride(from: 0, to: bytes.count, by: Self.chunk) {
        let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + Self.chunk, bytes.count)])
        sha.update(piece)
        if hasMD5 { EVP_DigestUpdate(context, piece.baseAddress, piece.count) }
        progress(piece.count)
      }
      var digest = [UInt8](repeating: 0, count: 16)
      if hasMD5 { EVP_DigestFinal_ex(context, &digest, nil) }
      return (sha.hexDigest(), hasMD5 ? hexadecimal(digest) : nil)
    }
    byteCount = file.count
  }
}

/// `bytes` in lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
