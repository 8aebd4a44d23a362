import Cryo
import Files
import Images
import NN
import TestSupport
import Testing
import Volumes

@Suite("The numbers that slices are stored in")
struct SliceStorageTests {
  private static let values: [Float] = [0, 1, -1.0005, 0.333_333_34, 1e-7, 65504, 70000, -1e9, 2.001]
  private static let shape = VolumeShape(4, 6, 8)

  private func store(_ folder: String, _ storage: SliceStorage) throws -> SliceStore {
    let key = SliceKey.features(
      tomogram: "t", shape: Self.shape, weights: "w", input: EncoderInput(mean: 0, deviation: 1, side: 14),
      storage: storage)
    return try SliceStore(in: folder, key: key, memory: SliceMemory(limit: 0)) {
      $0.sizes == [3, 3]
    } report: {
      Issue.record("\($0)")
    }
  }

  @Test("a slice that was just made is what is read later, and its file as large as its numbers")
  func halves() throws {
    try TestData.withFolder { folder in
      let record = SliceRecord(Tensor([9, 1], Self.values), sizes: [3, 3])
      let (wide, half) = (try store(folder, .float32), try store(folder, .float16))
      #expect(wide.folder != half.folder)
      #expect(try wide.load(.z, 1) { record }.record.tensor.values == Self.values)
      let made = try half.load(.z, 1) { record }
      #expect(
        made.record.tensor.values == [
          0, 1, -1.000_976_6, 0.333_251_95, 1.192_092_9e-7, 65504, 65504, -65504, 2.001_953_1,
        ])
      let read = try half.load(.z, 1) { SliceRecord(Tensor([0, 1], []), sizes: []) }
      #expect(!read.made && read.record.tensor.values == made.record.tensor.values)
      func count(_ store: SliceStore) throws -> Int {
        try SafetensorsFile("\(store.folder)/z-0001.safetensors").withBytes("slice") { $0.count }
      }
      #expect(try count(wide) == 36)
      #expect(try count(half) == 18)
    }
  }
}
