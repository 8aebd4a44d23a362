/// The first elements of tensors, for kernels; the pointers must not escape `body`.
@inline(__always)
public func withBase<R>(_ a: Tensor, _ body: (UnsafePointer<Float>) throws -> R) rethrows -> R {
  try withExtendedLifetime(a.storage) { try body(a.storage.base + a.offset) }
}

@inline(__always)
public func withBase<R>(
  _ a: Tensor, _ b: Tensor, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
) rethrows -> R {
  try withBase(a) { a in try withBase(b) { b in try body(a, b) } }
}

@inline(__always)
public func withBase<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor,
  _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
) rethrows -> R {
  try withBase(a, b) { a, b in try withBase(c) { c in try body(a, b, c) } }
}

/// Calls `body` with scratch memory for `count` floats of undefined contents.
public func withScratch<R>(_ count: Int, _ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
  let capacity = RecycledMemory.capacity(for: count)
  let memory = RecycledMemory.shared.take(capacity)
  defer { RecycledMemory.shared.giveBack(memory, capacity) }
  return try body(memory)
}
