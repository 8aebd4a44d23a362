import Files
import FoundationEssentials
import Platform
import TestSupport
import Testing
import Volumes

@Suite("Zarr stores that are damaged or deceive")
struct ZarrRefusalTests {
  /// What is done to a copy of a store, and a word of what is said of it.
  struct Damage: Sendable, CustomTestStringConvertible {
    let store: String
    let file: String
    let change: @Sendable (inout [UInt8]) -> Void
    let reason: String
    var testDescription: String { "\(store)/\(file): \(reason)" }
  }

  private static func replacing(
    _ store: String, _ file: String, _ old: String, _ new: String, _ reason: String
  ) -> Damage {
    Damage(
      store: store, file: file,
      change: { bytes in
        // Documents of Zarr are laid out by whoever wrote them.
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        let changed = text.replacing(old, with: new)
        bytes = changed == text ? [] : Array(changed.utf8)
      }, reason: reason)
  }

  private static func cut(_ store: String, _ file: String, _ count: Int, _ reason: String) -> Damage {
    Damage(store: store, file: file, change: { $0.removeLast(min(count, $0.count)) }, reason: reason)
  }

  static let damages: [Damage] = [
    replacing("v2-zstd", "0/.zarray", "\"shape\":[10,13,17]", "\"shape\":[10,13]", "2 axes and chunks of 3"),
    replacing("v2-zstd", "0/.zarray", "\"shape\":[10,", "\"shape\":[-1,", "which no volume has"),
    replacing("v2-zstd", "0/.zarray", "\"shape\":[10,", "\"shape\":[9223372036854775807,", "no volume has"),
    replacing("v2-zstd", "0/.zarray", "\"shape\":[10,", "\"shape\":[10000000000,", "no tomogram is packed"),
    replacing("v2-zstd", "0/.zarray", "\"chunks\":[6,", "\"chunks\":[0,", "which no volume has"),
    replacing("v2-zstd", "0/.zarray", "\"chunks\":[6,", "\"chunks\":[7,", "holds 1404 bytes"),
    replacing("v2-zstd", "0/.zarray", "\"chunks\":[6,", "\"chunks\":[60000000,", "no tomogram is packed"),
    replacing("v2-zstd", "0/.zarray", "<f2", "<c8", "are no numbers"),
    replacing("v2-zstd", "0/.zarray", "<f2", "<f4", "holds 1404 bytes"),
    replacing("v2-zstd", "0/.zarray", "\"zstd\"", "\"lzma\"", "'lzma' is not known"),
    replacing("v2-zstd", "0/.zarray", "\"zarr_format\":2", "\"zarr_format\":9", "another zarr_format"),
    replacing("v2-zstd", "0/.zarray", "\"C\"", "\"K\"", "neither C nor F"),
    replacing("v2-zstd", "0/.zarray", "\"fill_value\":0.0", "\"fill_value\":\"x\"", "fill_value"),
    replacing("v2-zstd", "0/.zarray", "\"/\"", "\"-\"", "neither . nor /"),
    replacing(
      "v2-zstd", ".zattrs", "\"path\":\"0\"", "\"path\":\"../v2-zstd.zarr/0\"", "no place in the store"),
    replacing("v2-zstd", ".zattrs", "\"path\":\"0\"", "\"path\":\"/etc\"", "no place in the store"),
    replacing("v2-zstd", ".zattrs", "\"path\":\"0\"", "\"path\":\"1\"", "there is none"),
    replacing("v2-zstd", ".zattrs", "1.25,1.25]", "-1.25]", "its scale has 2"),
    replacing("v2-zstd", ".zattrs", "[1.25,", "[-1.25,", "no voxel size can be read"),
    replacing("v2-levels", ".zattrs", "\"datasets\":[", "\"datasets\":[],\"d\":[", "name no datasets"),
    replacing("v2-levels", "s0/.zarray", "\"shape\":[1,1,", "\"shape\":[1,2,", "more than one"),
    cut("v2-none-dot", "0/0.0.0", 1, "not the 1404 of a chunk"),
    cut("v2-zstd", "0/0/0/0", 5, "zstd stream is damaged"),
    cut("v2-blosc-lz4-shuffle", "0/0/0/0", 5, "blosc container is damaged"),
    cut("v2-gzip-fortran", "0/0/0/0", 30, "cut off"),
    cut("v2-zlib-big-endian", "0/0/0/0", 8, "cut off"),
    Damage(
      store: "v2-gzip-fortran", file: "0/0/0/0",
      change: {
        $0[30] ^= 0xFF
        $0[40] ^= 0xFF
      },
      reason: "gzip or zlib stream"),
    Damage(
      store: "v3-zstd-checksum", file: "0/c/0/0/0", change: { $0[9] ^= 1 },
      reason: "checksum (crc32c) is wrong"),
    cut("v3-sharded-zstd", "0/0/0/0", 1, "checksum of its index"),
    cut("v3-sharded-zstd", "0/0/0/0", 100_000, "hold no such index"),
    Damage(
      store: "v3-sharded-zstd", file: "0/0/0/0", change: { $0.removeFirst($0.count / 2) },
      reason: "lies outside of the file"),
    Damage(
      store: "v3-sharded-zstd", file: "0/0/0/0", change: { $0[3] ^= 0xFF }, reason: "chunk 0 of the shard"),
    replacing(
      "v3-sharded-zstd", "0/zarr.json", "\"chunk_shape\":[3,5,6]", "\"chunk_shape\":[4,5,6]", "whole chunks"),
    replacing("v3-sharded-zstd", "0/zarr.json", "\"end\"", "\"middle\"", "neither at the start"),
    replacing("v3-none", "0/zarr.json", "\"regular\"", "\"rectilinear\"", "no regular grid"),
    replacing("v3-none", "0/zarr.json", "\"name\":\"default\"", "\"name\":\"own\"", "chunk_key_encoding"),
    replacing("v3-none", "0/zarr.json", "\"float32\"", "\"complex64\"", "are no numbers"),
    replacing("v3-none", "0/zarr.json", "\"node_type\"", "\"new\":{},\"node_type\"", "'new'"),
    replacing("v3-none", "0/zarr.json", "\"name\":\"bytes\"", "\"name\":\"vlen\"", "'vlen' of elements"),
    replacing(
      "v3-transposed", "0/zarr.json", "\"order\":[2,0,1]", "\"order\":[2,0,0]", "no order of the axes"),
  ]

  @Test("one line says what is wrong, and in which file", arguments: damages)
  func damaged(_ damage: Damage) throws {
    try TestData.withFolder { folder in
      let store = "\(folder)/\(damage.store).zarr"
      try FileManager.default.copyItem(atPath: ZarrCases.path(damage.store), toPath: store)
      var bytes = try TestData.bytes("\(store)/\(damage.file)")
      damage.change(&bytes)
      try TestData.write(bytes, to: "\(store)/\(damage.file)")
      let failure = #expect(throws: Failure.self) { _ = try Tomogram(store) }
      #expect(failure?.reason.contains(damage.reason) ?? false, "\(failure?.description ?? "")")
      #expect(failure?.path?.hasPrefix(store) ?? false)
      #expect(failure?.kind == .badData || failure?.kind == .noInput)
    }
  }

  @Test("links that lead out of a store are not followed, those in it are", arguments: [true, false])
  func links(leadsOut: Bool) throws {
    try TestData.withFolder { folder in
      let store = "\(folder)/t.zarr"
      try FileManager.default.copyItem(atPath: ZarrCases.path("v2-zstd"), toPath: store)
      for name in ["0/0/0/0", "0/1/0", "0/.zarray", "0"] {
        let (path, other) = ("\(store)/\(name)", leadsOut ? "\(folder)/other" : "\(store)/other")
        #expect(rename(path, other) == 0 && symlink(other, path) == 0)
        if leadsOut {
          let failure = #expect(throws: Failure.self, "\(name)") { _ = try Tomogram(store) }
          #expect(failure?.reason.contains("out of the store") ?? false)
        } else {
          #expect(try Tomogram(store)[9, 12, 16] == ZarrCases.value(9, 12, 16, ("", "float", nil)))
        }
        #expect(unlink(path) == 0 && rename(other, path) == 0)
      }
      // The store itself may be a link.
      #expect(symlink(store, "\(folder)/link.zarr") == 0)
      #expect(try Tomogram("\(folder)/link.zarr").shape == ZarrCases.shape)
    }
  }

  @Test("a group without a volume says what is in it")
  func group() throws {
    try TestData.withFolder { folder in
      try FileManager.default.copyItem(atPath: ZarrCases.path("v2-zstd"), toPath: "\(folder)/t.zarr")
      try TestData.write(Array("{}".utf8), to: "\(folder)/t.zarr/.zattrs")
      let failure = #expect(throws: Failure.self) { _ = try Tomogram("\(folder)/t.zarr") }
      #expect(failure?.remedy?.contains("\(folder)/t.zarr/0") ?? false)
      let array = try Tomogram("\(folder)/t.zarr/0")
      #expect(
        !array.geometry.hasVoxelSize && array.notes == ["the voxel size is unknown: the array tells none"])
    }
  }
}
