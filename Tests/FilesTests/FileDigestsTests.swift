import Files
import TestSupport
import Testing

@Suite("Digests of files")
struct FileDigestsTests {
  @Test("the examples of FIPS 180-4 and RFC 1321")
  func known() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/a"
      try TestData.write(Array("abc".utf8), to: path)
      let abc = try FileDigests(ofFile: path)
      #expect(abc.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      #expect(abc.md5 == "900150983cd24fb0d6963f7d28e17f72")
      #expect(abc.byteCount == 3)
      try TestData.write([], to: path)
      let empty = try FileDigests(ofFile: path)
      #expect(empty.sha256 == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
      #expect(empty.md5 == "d41d8cd98f00b204e9800998ecf8427e")
    }
  }

  @Test("a file of several pieces, each reported")
  func pieces() throws {
    try TestData.withFolder { folder in
      let path = "\(folder)/a"
      let bytes = [UInt8](repeating: 7, count: (1 << 22) * 2 + 5)
      try TestData.write(bytes, to: path)
      var done = 0
      let digests = try FileDigests(ofFile: path) { done += $0 }
      #expect(done == bytes.count && digests.byteCount == bytes.count)
      #expect(digests.sha256 == bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) })
    }
  }
}
