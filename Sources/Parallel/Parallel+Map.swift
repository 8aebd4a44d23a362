extension Parallel {
  /// The values of `body` for `0..<count`, in order. Blocks run as in `forEach`.
  public static func map<Value: Sendable>(_ count: Int, _ body: (Int) -> Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: max(0, count)) { values, initialized in
      // Each block initialises an element of its own, and all blocks have run when `forEach` returns.
      forEach(count) { index in values.initializeElement(at: index, to: body(index)) }
      initialized = max(0, count)
    }
  }

  /// As `map`, for bodies that throw: the failure of the lowest block is thrown when all are done.
  public static func mapThrowing<Value: Sendable>(
    _ count: Int, _ body: (Int) throws -> Value
  ) throws -> [Value] {
    try map(count) { index in Result { try body(index) } }.map { try $0.get() }
  }

  /// The values of `body` for the ranges of `size` in `0..<count` (the last may be shorter), in order.
  public static func mapRanges<Value: Sendable>(
    _ count: Int, size: Int, _ body: (Range<Int>) -> Value
  ) -> [Value] {
    map(ranges(count, size)) { block in body(range(block, count, size)) }
  }
}
