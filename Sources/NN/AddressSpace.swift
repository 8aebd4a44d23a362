import Platform

/// A limit of this process's address space (`ulimit -v`), and what is left below it.
package struct AddressSpace {
  package let limit: Int
  package let left: Int

  package init(limit: Int, left: Int) { (self.limit, self.left) = (limit, left) }

  /// What OpenBLAS takes for each thread. It never asks for it in vain: it would ask for ever.
  private static let buffer = 128 << 20
  /// What a thread takes besides: its part of the heap, and its stack.
  private static let spare = 72 << 20

  /// Nil: there is no limit, or this is not Linux.
  static var current: AddressSpace? {
    #if os(Linux)
      var limit = rlimit()
      guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max)
      else { return nil }
      let bytes = Int(limit.rlim_cur)
      return AddressSpace(limit: bytes, left: max(0, bytes - used))
    #else
      return nil
    #endif
  }

  /// Bytes of it that are taken: the first number of `/proc/self/statm`, in pages.
  private static var used: Int {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 128)
    let count = read(file, &bytes, bytes.count)
    let digits = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).prefix { $0.isNumber }
    return (Int(digits) ?? 0) * Int(getpagesize())
  }

  /// Whether one thread can multiply.
  package var suffices: Bool { left >= Self.buffer + Self.spare }

  /// How many of `wanted` threads may be used, so that half of what is left stays for voxels, weights and slices; nil:
  /// all of them.
  package func threads(_ wanted: Int) -> Int? {
    let fitting = max(1, left / 2 / (Self.buffer + Self.spare))
    return fitting < wanted ? fitting : nil
  }
}
