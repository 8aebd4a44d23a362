import Cryo
import Files
import NN
import Parallel

/// Slices of random features in a cache that keeps nothing in memory.
package struct StoredSlices: Sendable {
  private let store: SliceStore
  private let count: Int
  private let side: Int
  private let channels: Int

  /// - Throws: `Failure` if the cache's folder cannot be made.
  package init(count: Int, side: Int, channels: Int, in folder: String) throws {
    (self.count, self.side, self.channels) = (count, side, channels)
    let key = SliceKey.features(
      tomogram: "made", shape: VolumeShape(count, side, side), weights: "none",
      input: EncoderInput(mean: 0, deviation: 1, side: 14 * side))
    store = try SliceStore(in: folder, key: key, memory: SliceMemory(limit: 0)) { record in
      record.sizes == [side, side] && record.tensor.shape == [side * side, channels]
    } report: { _ in
    }
  }

  /// The contents of some slices: those of slice i are number i modulo 8, always the same.
  var records: [SliceRecord] { (0..<min(count, 8)).map(record) }

  private func record(_ index: Int) -> SliceRecord {
    SliceRecord(
      RandomNumbers.tensor([side * side, channels], seed: UInt64(60 + index % 8)), sizes: [side, side])
  }

  /// Writes all slices, as stage 1 does: on all threads.
  func write(_ records: [SliceRecord]) throws {
    try Parallel.forEachThrowing(count) { index in try store.save(records[index % 8], .z, index) }
  }

  /// Reads all slices.
  ///
  /// - Throws: `Failure` if one is not there, or not sound.
  func readAll() throws {
    try Parallel.forEachThrowing(count) { index in
      guard store.load(.z, index) != nil else {
        throw Failure(
          .inputOutput, path: store.folder, "slice \(index), which was just written, cannot be read")
      }
    }
  }

  /// Writes all slices, then compares the bytes at the end of each file, and what is read from it, with them.
  ///
  /// - Parameter load: what is checked.
  package func check(
    _ what: String, _ load: (SliceStore, Int) -> SliceRecord? = { $0.load(.z, $1) }
  ) throws -> [Agreement] {
    try write(records)
    var (sameInFile, sameWhenRead) = (true, true)
    for index in 0..<count {
      let record = record(index)
      let bytes = record.tensor.values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
      let digits = String(index)
      let name = "z-\(String(repeating: "0", count: 4 - digits.count))\(digits).safetensors"
      let file = try MappedFile("\(store.folder)/\(name)")
      try file.withBytes { if !$0.suffix(bytes.count).elementsEqual(bytes) { sameInFile = false } }
      let read = load(store, index)
      if read?.sizes != record.sizes || read?.tensor.shape != record.tensor.shape
        || read?.tensor.values.map(\.bitPattern) != record.tensor.values.map(\.bitPattern)
      {
        sameWhenRead = false
      }
    }
    return [
      Agreement("\(what): bytes in the files", same: sameInFile),
      Agreement("\(what): slices read", same: sameWhenRead),
    ]
  }
}
