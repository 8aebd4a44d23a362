import Platform
import Synchronization

/// Memory of tensors: taken from `RecycledMemory`, or borrowed from a mapped file.
///
/// `@unchecked Sendable`: elements are written only by the initialiser of `Tensor`, before it is shared.
final class TensorStorage: @unchecked Sendable {
  /// The first element.
  let base: UnsafePointer<Float>
  private let owner: AnyObject?
  private let capacity: Int

  /// New memory for `count` floats, to be filled through `target`.
  init(count: Int) {
    capacity = RecycledMemory.capacity(for: count)
    base = UnsafePointer(RecycledMemory.shared.take(capacity))
    owner = nil
  }

  /// Memory that `owner` keeps alive.
  init(_ base: UnsafePointer<Float>, owner: AnyObject & Sendable) {
    self.base = base
    self.owner = owner
    capacity = 0
  }

  var target: UnsafeMutablePointer<Float> { UnsafeMutablePointer(mutating: base) }

  deinit {
    if capacity > 0 { RecycledMemory.shared.giveBack(target, capacity) }
  }
}

/// Blocks of memory that outlive the tensors in them, so that a layer writes to pages that are already there.
///
/// Blocks are 64-byte aligned. Sizes are rounded up to a few per power of two, and idle blocks are kept up to a
/// limit in all.
final class RecycledMemory: Sendable {
  static let shared = RecycledMemory()

  /// From so many bytes on, blocks ask for huge pages: products walk along columns, and so over many pages at a time.
  private static let hugePage = 2 << 20

  /// Idle memory kept at most, in bytes.
  static let idleLimit = 512 << 20

  private struct Idle: @unchecked Sendable {
    var blocks: [Int: [UnsafeMutablePointer<Float>]] = [:]
    var bytes = 0
  }
  private let idle = Mutex(Idle())

  /// The size of the block that holds `count` floats: an eighth of a power of two, at least 256 floats.
  static func capacity(for count: Int) -> Int {
    let wanted = max(count, 256)
    let step = max(32, (1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)) / 8)
    return (wanted + step - 1) / step * step
  }

  func take(_ capacity: Int) -> UnsafeMutablePointer<Float> {
    let recycled = idle.withLock { idle in
      let block = idle.blocks[capacity]?.popLast()
      if block != nil { idle.bytes -= capacity * 4 }
      return Box(block)
    }
    if let block = recycled.pointer { return block }
    let isLarge = capacity * 4 >= Self.hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: capacity * 4, alignment: isLarge ? Self.hugePage : 64)
    #if os(Linux)
      if isLarge { madvise(memory, capacity * 4, MADV_HUGEPAGE) }
    #endif
    return memory.bindMemory(to: Float.self, capacity: capacity)
  }

  func giveBack(_ block: UnsafeMutablePointer<Float>, _ capacity: Int) {
    let block = Box(block)
    let kept = idle.withLock { idle in
      guard let pointer = block.pointer, idle.bytes + capacity * 4 <= Self.idleLimit else { return false }
      idle.blocks[capacity, default: []].append(pointer)
      idle.bytes += capacity * 4
      return true
    }
    if !kept { UnsafeMutableRawPointer(block.pointer)?.deallocate() }
  }

  private struct Box: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>?
    init(_ pointer: UnsafeMutablePointer<Float>?) { self.pointer = pointer }
  }
}
