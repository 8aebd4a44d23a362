import Files
import Testing

@Suite("What a file is by its first bytes")
struct FileSignatureTests {
  /// A volume's header: sizes, then blanks, then the mark at byte 208.
  private static func volume(_ sizes: [UInt8]) -> [UInt8] {
    sizes + [UInt8](repeating: 0, count: 208 - sizes.count) + Array("MAP ".utf8)
  }
  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  static let files: [(bytes: [UInt8], signature: FileSignature)] = [
    ([], .empty), ([0x50, 0x4B, 3, 4], .zip(ofTorch: false)),
    ([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + text("archive/data.pkl"), .zip(ofTorch: true)),
    ([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + text("array.npy"), .zip(ofTorch: false)),
    ([0x80, 2, 0x8A, 10], .pickle), ([0x80, 0, 0, 0, 0, 0, 0, 0, 0x7B], .safetensors),
    ([0x80, 2, 0, 0, 0, 0, 0, 0, 0x7B, 0x22], .safetensors),
    // 64 x 64 x 123 voxels: the 123 is a brace.
    (volume([64, 0, 0, 0, 64, 0, 0, 0, 123, 0, 0, 0]), .mrc), (volume([1, 0, 0, 0, 1, 0, 0, 0]), .mrc),
    ([0x89] + text("PNG\r\n"), .png), ([0x93] + text("NUMPY"), .npy), ([0x89] + text("HDF\r\n"), .hdf5),
    ([0x1F, 0x8B, 8], .gzip), (text("BZh9"), .bzip2), (text("<html>"), .webPage), (text("{\"a\":1}"), .json),
    (text("version https://git-lfs.github.com/spec/v1\n"), .lfsPointer), (text("1 2 3\n"), .unknown),
    ([0x80], .unknown), ([0], .unknown),
  ]

  @Test("by contents", arguments: files.indices)
  func signature(index: Int) {
    let (bytes, signature) = Self.files[index]
    #expect(FileSignature(bytes) == signature)
    #expect((signature.description == nil) == (signature == .unknown))
  }
}
