/// A float32 array of any rank, row-major and contiguous, immutable once made.
///
/// Copies share their storage. The storage is recycled (`TensorStorage`), so that the large temporaries of a
/// forward pass do not fault in new pages for every layer.
public struct Tensor: Sendable {
  public let shape: [Int]
  let storage: TensorStorage
  let offset: Int

  public var count: Int { shape.reduce(1, *) }
  public var rank: Int { shape.count }

  /// Shape and values checked against each other.
  public init(_ shape: [Int], _ values: [Float]) {
    precondition(shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
    self.init(shape) { buffer in _ = buffer.update(fromContentsOf: values) }
  }

  /// A tensor whose every element `fill` writes. The buffer's initial contents are undefined.
  ///
  /// `fill` does not throw, on purpose: Swift 6.3.1 loses the error register (x86-64) in closures that are passed on as
  /// throwing ones and end in a tail call of `memmove`, and the caller then sees an error that is none.
  public init(_ shape: [Int], fill: (UnsafeMutableBufferPointer<Float>) -> Void) {
    let count = shape.reduce(1, *)
    let storage = TensorStorage(count: count)
    fill(UnsafeMutableBufferPointer(start: storage.target, count: count))
    self.init(shape, storage: storage)
  }

  /// The same for layers, whose kernels take the address of the first element.
  public static func filled(_ shape: [Int], fill: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
    let storage = TensorStorage(count: shape.reduce(1, *))
    fill(storage.target)
    return Tensor(shape, storage: storage)
  }

  public static func zeros(_ shape: [Int]) -> Tensor {
    Tensor(shape) { $0.update(repeating: 0) }
  }

  init(_ shape: [Int], storage: TensorStorage, offset: Int = 0) {
    self.shape = shape
    self.storage = storage
    self.offset = offset
  }

  /// A tensor over memory that `owner` keeps alive: a mapped weights file.
  public init(_ shape: [Int], borrowing elements: UnsafeBufferPointer<Float>, owner: AnyObject & Sendable) {
    precondition(shape.reduce(1, *) == elements.count)
    let storage = elements.baseAddress.map { TensorStorage($0, owner: owner) }
    self.init(shape, storage: storage ?? TensorStorage(count: 0))
  }

  /// Calls `body` with the elements, which must not escape it.
  @inline(__always)
  public func withElements<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.base + offset, count: count))
    }
  }

  public var values: [Float] { withElements { Array($0) } }

  /// The same elements under another shape.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "cannot reshape \(self.shape) to \(shape)")
    return Tensor(shape, storage: storage, offset: offset)
  }

  /// Element `index` along the first axis, without copying.
  public subscript(index: Int) -> Tensor {
    precondition(index >= 0 && index < shape[0], "index \(index) is outside 0..<\(shape[0])")
    let inner = Array(shape.dropFirst())
    return Tensor(inner, storage: storage, offset: offset + index * inner.reduce(1, *))
  }

  /// Elements `range` along the first axis, without copying.
  public subscript(range: Range<Int>) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape[0])
    let inner = Array(shape.dropFirst())
    return Tensor(
      [range.count] + inner, storage: storage, offset: offset + range.lowerBound * inner.reduce(1, *))
  }
}
