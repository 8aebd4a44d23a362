/// A view of memory that blocks of parallel work write to at once.
///
/// Contract
/// - No two blocks that run at once touch the same element, unless all of them only read it.
/// - The view does not outlive the memory: the closure that it is handed to.
/// - Elements of types that are not `BitwiseCopyable` are initialised before.
///
/// Indices are checked in debug builds only. Where a block makes one value, `Parallel.map` needs no view.
public struct DisjointWrites<Element: Sendable>: @unchecked Sendable {
  @usableFromInline let elements: UnsafeMutableBufferPointer<Element>

  @inlinable
  public init(_ elements: UnsafeMutableBufferPointer<Element>) { self.elements = elements }

  @inlinable
  public var count: Int { elements.count }

  @inlinable
  public subscript(index: Int) -> Element {
    get { elements[index] }
    nonmutating _modify { yield &elements[index] }
  }

  /// The elements `range` alone, for code that works on buffers.
  @inlinable
  public subscript(range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(rebasing: elements[range])
  }
}

extension Array where Element: Sendable {
  /// Calls `body` with a view of the elements that blocks of parallel work may write to.
  public mutating func withDisjointWrites<Result>(
    _ body: (DisjointWrites<Element>) throws -> Result
  ) rethrows -> Result {
    try withUnsafeMutableBufferPointer { try body(DisjointWrites($0)) }
  }

  /// `count` elements, every one of which `body` writes; their initial contents are undefined.
  public init(written count: Int, by body: (DisjointWrites<Element>) -> Void)
  where Element: BitwiseCopyable {
    self.init(unsafeUninitializedCapacity: count) { elements, initialized in
      body(DisjointWrites(UnsafeMutableBufferPointer(rebasing: elements[..<count])))
      initialized = count
    }
  }
}
