import Cryo
import Files
import FoundationEssentials
import Images
import NN
import Runs
import TestSupport
import Testing
import Volumes

@Suite("Slice cache")
struct SliceStoreTests {
  private let shape = VolumeShape(4, 6, 8)

  private func path(_ features: SliceFeatures, _ name: String) -> String {
    "\(features.folder)/\(name).safetensors"
  }

  @Test("slices are encoded once and read back the same, whatever the memory", arguments: [0, 1 << 30])
  func roundTrip(memory: Int) throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(shape, seed: 1)
      let encoder = NoiseEncoder()
      let first = try features(tomogram, encoder, in: folder, memory: memory)
      let made = try first.extract(first.slices(), progress: SilentObserver())
      #expect(made == 18)
      let grid = try first.grid(.y, 3)
      #expect(encoder.calls.load(ordering: .relaxed) == 18)

      let again = NoiseEncoder()
      let reports = Reports()
      let second = try features(tomogram, again, in: folder, memory: memory, reports: reports)
      #expect(try second.extract(second.slices(), progress: SilentObserver()) == 0)
      #expect(again.calls.load(ordering: .relaxed) == 0)
      #expect(reports.count == 0)
      let isSame = try second.grid(.y, 3).vectors.values == grid.vectors.values
      #expect(isSame)
      #expect(try second.grid(.y, 3).height == 5)
    }
  }

  @Test("shards are interleaved and together are everything")
  func shards() throws {
    try TestData.withFolder { folder in
      let features = try features(try noise(shape, seed: 1), NoiseEncoder(), in: folder)
      let parts = (0..<4).map { features.slices(shard: $0, of: 4).map { "\($0.axis)\($0.index)" } }
      #expect(parts.map(\.count) == [5, 5, 4, 4])
      #expect(Set(parts.joined()).count == 18)
    }
  }

  @Test("a damaged file is reported and made again", arguments: ["flipped", "short", "empty", "renamed"])
  func damaged(how: String) throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(shape, seed: 1)
      let first = try features(tomogram, NoiseEncoder(), in: folder)
      _ = try first.extract(first.slices(), progress: SilentObserver())
      let sound = try TestData.bytes(path(first, "x-0005"))
      var bytes = sound
      switch how {
      case "flipped": bytes[bytes.count - 3] ^= 1
      case "short": bytes.removeLast(100)
      case "empty": bytes = []
      default: bytes = try TestData.bytes(path(first, "x-0004"))
      }
      try TestData.write(bytes, to: path(first, "x-0005"))

      let encoder = NoiseEncoder()
      let reports = Reports()
      let second = try features(tomogram, encoder, in: folder, reports: reports)
      let made = try second.extract(second.slices(), progress: SilentObserver())
      #expect(made == 1)
      #expect(reports.count == 1)
      let isRepaired = try TestData.bytes(path(first, "x-0005")) == sound
      #expect(isRepaired)
    }
  }

  /// Sizes of the slice and of the input in a file whose checksum is right.
  @Test(
    "an embedding of another plane's sizes is not believed",
    arguments: [[1, 1, 64, 64], [6, 5, 64, 53], [5, 7, 64, 64], [1000, 1000, 64, 64]])
  func foreignSizes(sizes: [Int]) throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(shape, seed: 1)
      let right = try embeddedSlices(tomogram, BlobSegmenter(), in: "\(folder)/right").slice(.z, 2).image
      let key = SliceKey.embeddings(
        tomogram: "tomogram", shape: shape, weights: "sam", stretch: ContrastStretch(low: 0, high: 255))
      let store = try SliceStore(in: folder, key: key, memory: SliceMemory(limit: 0)) { _ in
        true
      } report: { _ in
      }
      try store.save(SliceRecord(Tensor([1, 1, 1], [1]), sizes: sizes), .z, 2)
      let slices = try embeddedSlices(tomogram, BlobSegmenter(), in: folder)
      let found = try slices.slice(.z, 2)
      #expect(found.encoded && found.image.embedding.values == right.embedding.values)
      #expect((found.image.originalHeight, found.image.originalWidth) == shape.plane(.z))
    }
  }

  @Test("a cache of other weights, another tomogram or other settings is not used")
  func foreign() throws {
    try TestData.withFolder { folder in
      let tomogram = try noise(shape, seed: 1)
      let first = try features(tomogram, NoiseEncoder(), in: folder)
      _ = try first.extract(first.slices(), progress: SilentObserver())
      let other = try features(tomogram, NoiseEncoder(), in: folder, weights: "others")
      #expect(other.folder != first.folder)
      #expect(try other.extract(other.slices(), progress: SilentObserver()) == 18)

      // Files of one key put in the folder of another are refused, not believed.
      let third = try features(tomogram, NoiseEncoder(), in: folder, weights: "third")
      try TestData.write(try TestData.bytes(path(first, "z-0000")), to: path(third, "z-0000"))
      #expect(try third.extract(third.slices(), progress: SilentObserver()) == 18)

      func digest(_ change: (inout [String]) -> Void) -> String {
        var parts = ["tomogram", "weights", "518", "0.25", "2"]
        change(&parts)
        return SliceKey.features(
          tomogram: parts[0], shape: shape, weights: parts[1],
          input: EncoderInput(
            mean: Double(parts[3]) ?? 0, deviation: Double(parts[4]) ?? 1, side: Int(parts[2]) ?? 0)
        ).digest
      }
      let digests = [
        digest { _ in }, digest { $0[0] = "other" }, digest { $0[1] = "other" }, digest { $0[2] = "532" },
        digest { $0[3] = "0.26" }, digest { $0[4] = "2.1" },
      ]
      #expect(Set(digests).count == 6)
    }
  }

  @Test("the folder's own cache goes, a user's files in it stay")
  func cache() throws {
    try TestData.withFolder { path in
      let folder = try RunFolder(path, force: false, names: ResultNames.all(.usual))
      try folder.makeCache()
      let features = try features(try noise(VolumeShape(2, 3, 4), seed: 1), NoiseEncoder(), in: folder.cache)
      _ = try features.extract(features.slices(), progress: SilentObserver())
      try TestData.write([1], to: "\(features.folder)/notes.txt")
      folder.removeCache()
      #expect(try FileManager.default.contentsOfDirectory(atPath: features.folder) == ["notes.txt"])
      try FileManager.default.removeItem(atPath: "\(features.folder)/notes.txt")
      folder.removeCache()
      #expect(!FileManager.default.fileExists(atPath: folder.cache))
    }
  }

  @Test(
    "a cache that the user had, or that is a link, stays", arguments: ["there", "link", "link to one's own"])
  func others(how: String) throws {
    try TestData.withFolder { path in
      let folder = try RunFolder("\(path)/run", force: false, names: ResultNames.all(.usual))
      let cache = how == "there" ? folder.cache : "\(path)/cache"
      if how == "link to one's own" { try SliceStore.makeOwn(cache) } else { try Folder.make(cache) }
      if how != "there" {
        try FileManager.default.createSymbolicLink(atPath: folder.cache, withDestinationPath: cache)
      }
      try folder.makeCache()
      let features = try features(try noise(VolumeShape(2, 3, 4), seed: 1), NoiseEncoder(), in: folder.cache)
      _ = try features.extract(features.slices(), progress: SilentObserver())
      let before = SliceStore.contents(of: cache).slices
      #expect(!folder.removeCache())
      #expect(before == 9 && SliceStore.contents(of: cache).slices == before)
    }
  }
}
