import NN
import Synchronization

/// The rows of a matrix from one on that are the same for all inputs: computed for the first of these, then known.
public struct CommonRows: Sendable {
  /// What is known, by the number of rows above it.
  public final class Known: Sendable {
    fileprivate let rows = Mutex<[Int: Tensor]>([:])
    public init() {}
  }

  private let known: Known
  private let first: Int

  public init(_ known: Known, from first: Int) { (self.known, self.first) = (known, first) }

  /// How many rows must be computed; nil for all.
  public var wanted: Int? { known.rows.withLock { $0[first] != nil } ? first : nil }

  /// `matrix` `[N, C]` with the common rows: those that are known, else its own, which are then kept.
  public func completed(_ matrix: Tensor) -> Tensor {
    if let rows = known.rows.withLock({ $0[first] }) { return .concatenated([matrix[0..<first], rows]) }
    let rows = Tensor.concatenated([matrix[first..<matrix.shape[0]]])
    known.rows.withLock { $0[first] = rows }
    return matrix
  }
}
