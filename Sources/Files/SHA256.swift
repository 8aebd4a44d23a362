import CCrypto

/// SHA-256 (FIPS 180-4) of streamed bytes, by libcrypto.
public struct SHA256: ~Copyable {
  private var context = SHA256_CTX()

  public init() { SHA256_Init(&context) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    SHA256_Update(&context, bytes.baseAddress, bytes.count)
  }

  /// The digest of all bytes so far, in lower-case hexadecimal. Ends the stream.
  public consuming func hexDigest() -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    SHA256_Final(&digest, &context)
    return hexadecimal(digest)
  }

  /// The digest of `bytes`.
  public static func hexDigest(of bytes: UnsafeRawBufferPointer) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }

  /// The digest of the file at `path`.
  public static func hexDigest(ofFile path: String) throws -> String {
    let file = try MappedFile(path)
    return withExtendedLifetime(file) { hexDigest(of: file.bytes) }
  }
}
