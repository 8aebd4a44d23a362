import Dispatch
import FoundationEssentials
import Platform
import Synchronization

/// Work split into fixed blocks, spread over threads.
///
/// The blocks never depend on the number of threads, so results are the same bytes for every number.
public enum Parallel {
  private static let configured = Atomic<Int>(0)

  /// The number of threads used from here on; all cores by default.
  public static var threads: Int {
    get {
      let number = configured.load(ordering: .relaxed)
      return number > 0 ? number : cores
    }
    set { configured.store(max(1, newValue), ordering: .relaxed) }
  }

  /// The cores that this process may use, not the whole node's: those in its affinity mask (a Slurm job's share), or
  /// fewer if its control group lets it have no more of their time (a container's).
  public static let cores = min(
    allowedCores() ?? ProcessInfo.processInfo.activeProcessorCount,
    ControlGroup.current.processors.map { max(1, Int(min($0, 1e6).rounded(.up))) } ?? .max)

  /// The processors that this process may use, as Linux says in `/proc/self/status`; nil elsewhere.
  private static func allowedCores() -> Int? {
    let file = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(file, &bytes, bytes.count)
    return count > 0 ? allowedCores(inStatus: String(decoding: bytes[..<count], as: UTF8.self)) : nil
  }

  /// The ones in the line `Cpus_allowed: ff,ffffffff`; nil if there is no such line, or no processor in it.
  package static func allowedCores(inStatus text: String) -> Int? {
    let label = "Cpus_allowed:"
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else { return nil }
    let count = line.dropFirst(label.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    return count > 0 ? count : nil
  }

  /// Calls `body` once for each block `0..<count`, on up to `threads` threads, and returns when all are done.
  ///
  /// Blocks are handed out in order to whichever thread is free. Called from inside another `forEach` it runs
  /// on the caller's thread alone.
  public static func forEach(_ count: Int, _ body: (Int) -> Void) {
    let workers = min(threads, count)
    guard workers > 1, !Inside.parallelRegion else {
      for block in 0..<max(0, count) { body(block) }
      return
    }
    let next = Atomic<Int>(0)
    // `concurrentPerform` returns only when every call has; nothing escapes.
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: workers) { _ in
        Inside.enter()
        defer { Inside.leave() }
        while true {
          let block = next.add(1, ordering: .relaxed).oldValue
          if block >= count { return }
          body(block)
        }
      }
    }
  }

  /// As `forEach`, for bodies that throw: the failure of the lowest block is thrown when all are done.
  public static func forEachThrowing(_ count: Int, _ body: (Int) throws -> Void) throws {
    let results = map(count) { block in Result { try body(block) } }
    for result in results { try result.get() }
  }

  /// As `forEach`, over `0..<count` in ranges of `size` (the last may be shorter).
  public static func forEachRange(_ count: Int, size: Int, _ body: (Range<Int>) -> Void) {
    forEach(ranges(count, size)) { block in body(range(block, count, size)) }
  }

  /// The number of ranges of `size` in `0..<count`, and one of them.
  static func ranges(_ count: Int, _ size: Int) -> Int { (count + size - 1) / size }
  static func range(_ block: Int, _ count: Int, _ size: Int) -> Range<Int> {
    block * size..<min(count, (block + 1) * size)
  }
}
