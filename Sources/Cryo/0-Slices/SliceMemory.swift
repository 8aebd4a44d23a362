import NN
import Synchronization
import Volumes

/// What a network made of one slice: its output, and the few sizes needed to read it.
public struct SliceRecord: Sendable {
  public let tensor: Tensor
  public let sizes: [Int]

  public init(_ tensor: Tensor, sizes: [Int]) {
    self.tensor = tensor
    self.sizes = sizes
  }
}

/// Slice records kept in memory, the least recently used going first when they exceed a limit. The disk holds
/// them all (`SliceStore`).
public final class SliceMemory: Sendable {
  struct Key: Hashable {
    let store: String
    let axis: Axis
    let index: Int
  }
  private struct State {
    var records: [Key: (record: SliceRecord, used: Int)] = [:]
    var bytes = 0
    var clock = 0
  }
  private let limit: Int
  private let state = Mutex(State())

  /// A memory of `limit` bytes.
  public init(limit: Int) { self.limit = limit }

  func record(_ key: Key) -> SliceRecord? {
    state.withLock { state in
      guard let entry = state.records[key] else { return nil }
      state.clock += 1
      state.records[key] = (entry.record, state.clock)
      return entry.record
    }
  }

  func keep(_ record: SliceRecord, as key: Key) {
    let size = record.tensor.count * 4
    guard size <= limit else { return }
    state.withLock { state in
      state.clock += 1
      if let old = state.records.updateValue((record, state.clock), forKey: key) {
        state.bytes -= old.record.tensor.count * 4
      }
      state.bytes += size
      while state.bytes > limit, let oldest = state.records.min(by: { $0.value.used < $1.value.used }) {
        state.records[oldest.key] = nil
        state.bytes -= oldest.value.record.tensor.count * 4
      }
    }
  }
}
