import Checkpoints
import Files
import TestSupport
import Testing

@Suite("ZIP archives")
struct ZipArchiveTests {
  private static let good = try? TestData.bytes(TestData.path("checkpoints/dino.pth"))

  /// Opens all entries of the archive in `bytes`.
  @discardableResult
  private func open(_ bytes: [UInt8]) throws -> [String: Int] {
    try TestData.withFolder { folder in
      try TestData.write(bytes, to: "\(folder)/x.zip")
      let archive = try ZipArchive(InputFile("\(folder)/x.zip"))
      var sizes: [String: Int] = [:]
      for entry in archive.entries { sizes[entry.name] = try archive.data(entry).count }
      return sizes
    }
  }

  /// Place of the last (or first) occurrence of the signature `PK` + `kind`.
  private func place(of kind: [UInt8], in bytes: [UInt8], first: Bool = false) throws -> Int {
    let places = (0..<bytes.count - 4).filter { Array(bytes[$0..<$0 + 4]) == [0x50, 0x4B] + kind }
    return try #require(first ? places.first : places.last)
  }

  private let end: [UInt8] = [5, 6]
  private let record: [UInt8] = [1, 2]
  private let local: [UInt8] = [3, 4]

  @Test func entriesAreFound() throws {
    let sizes = try open(try #require(Self.good))
    #expect(sizes["dino/byteorder"] == 6)
    #expect(sizes["dino/data/0"] == 32)
  }

  @Test func aCommentAtTheEndIsAllowed() throws {
    var bytes = try #require(Self.good)
    bytes[try place(of: end, in: bytes) + 20] = 3
    #expect(throws: Failure.self) { try open(bytes) }
    #expect(try open(bytes + [1, 2, 3]).count > 20)
    #expect(throws: Failure.self) { try open(bytes + [1, 2, 3, 4]) }
  }

  @Test("cut anywhere", arguments: [0, 1, 21, 22, 100, 5000, 12_000])
  func cut(count: Int) throws {
    let bytes = try #require(Self.good)
    #expect(throws: Failure.self) { try open(Array(bytes.prefix(count))) }
    #expect(throws: Failure.self) { try open(Array(bytes.dropLast(count + 1))) }
  }

  /// Fields overwritten with little-endian numbers: record, offset in it, size, value.
  static let damages: [(kind: [UInt8], offset: Int, size: Int, value: UInt64)] = [
    ([5, 6], 4, 2, 1), ([5, 6], 10, 2, 5000), ([5, 6], 10, 2, 1), ([5, 6], 12, 4, 1 << 30),
    ([5, 6], 12, 4, 45),
    ([5, 6], 16, 4, 1 << 31), ([5, 6], 16, 4, 0),
    ([1, 2], 0, 4, 0), ([1, 2], 8, 2, 1), ([1, 2], 10, 2, 8), ([1, 2], 20, 4, 1),
    ([1, 2], 24, 4, 0xFFFF_FFFE),
    ([1, 2], 24, 4, 0xFFFF_FFFF), ([1, 2], 28, 2, 0), ([1, 2], 28, 2, 0xFFFF), ([1, 2], 30, 2, 0xFFFF),
    ([1, 2], 32, 2, 0xFFFF), ([1, 2], 42, 4, 0xFFFF_FFFE), ([1, 2], 42, 4, 0xFFFF_FFFF), ([1, 2], 42, 4, 1),
    ([3, 4], 0, 4, 0), ([3, 4], 26, 2, 0), ([3, 4], 26, 2, 0xFFFF), ([3, 4], 28, 2, 0xFFFF),
  ]

  @Test("damaged fields", arguments: damages.indices)
  func damaged(index: Int) throws {
    let (kind, offset, size, value) = Self.damages[index]
    var bytes = try #require(Self.good)
    let start = try place(of: kind, in: bytes) + offset
    for byte in 0..<size { bytes[start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    let failure = #expect(throws: Failure.self) { try open(bytes) }
    #expect(failure?.kind == .badData)
  }

  @Test func namesMustBeUnique() throws {
    var bytes = try #require(Self.good)
    for (index, byte) in Array("dino/data/1".utf8).enumerated() {
      // data/0 is renamed in both of its headers.
      for start in (0..<bytes.count - 11) where bytes[start..<start + 11].elementsEqual("dino/data/0".utf8) {
        if index == 10 { bytes[start + index] = byte }
      }
    }
    let failure = #expect(throws: Failure.self) { try open(bytes) }
    #expect(
      failure?.reason.contains("two entries are called 'dino/data/1'") == true,
      "\(String(describing: failure))")
  }

  /// An archive of one entry `a` with the bytes 1, 2, 3, all of whose sizes and places are in ZIP64 fields.
  @Test func zip64() throws {
    func little(_ value: UInt64, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
    func archive(size: UInt64 = 3, place: UInt64 = 0, record: UInt64? = nil, count: UInt64 = 1) -> [UInt8] {
      let header: [UInt8] = [0x50, 0x4B, 3, 4] + little(45, 2) + little(0, 20) + little(1, 2) + little(0, 2)
      let data = header + [0x61, 1, 2, 3]
      let extra = little(1, 2) + little(24, 2) + little(size, 8) + little(size, 8) + little(place, 8)
      let directory: [UInt8] =
        [0x50, 0x4B, 1, 2] + little(45, 2) + little(45, 2) + little(0, 12) + little(0xFFFF_FFFF, 4)
        + little(0xFFFF_FFFF, 4) + little(1, 2) + little(UInt64(extra.count), 2) + little(0, 10)
        + little(0xFFFF_FFFF, 4) + [0x61] + extra
      let start = UInt64(data.count)
      let end64: [UInt8] =
        [0x50, 0x4B, 6, 6] + little(44, 8) + little(0, 12) + little(count, 8) + little(count, 8)
        + little(UInt64(directory.count), 8) + little(start, 8)
      let locator: [UInt8] =
        [0x50, 0x4B, 6, 7] + little(0, 4) + little(record ?? start + UInt64(directory.count), 8)
        + little(1, 4)
      let end: [UInt8] =
        [0x50, 0x4B, 5, 6] + little(0, 4) + little(0xFFFF, 2) + little(0xFFFF, 2) + little(0xFFFF_FFFF, 4)
        + little(0xFFFF_FFFF, 4) + little(0, 2)
      return data + directory + end64 + locator + end
    }
    #expect(try open(archive())["a"] == 3)
    #expect(throws: Failure.self) { try open(archive(size: 4)) }
    #expect(throws: Failure.self) { try open(archive(size: .max)) }
    #expect(throws: Failure.self) { try open(archive(size: 1 << 62)) }
    #expect(throws: Failure.self) { try open(archive(place: 1)) }
    #expect(throws: Failure.self) { try open(archive(place: .max)) }
    #expect(throws: Failure.self) { try open(archive(record: 1)) }
    #expect(throws: Failure.self) { try open(archive(record: .max)) }
    #expect(throws: Failure.self) { try open(archive(count: 1 << 40)) }
  }
}
