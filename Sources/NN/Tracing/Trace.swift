import Synchronization

/// Keeps named intermediate tensors of a network while it computes.
///
/// Layers take a `Trace?` and write `trace?("norm1", normed)`: without a trace neither name nor tensor is made. What a
/// layer computes for the trace alone is never used in its result, so a traced run gives the same bytes as another.
/// Copies share what they record. Names are paths (`block.3.norm1`), as in `docs/tracing.md`.
public struct Trace: Sendable {
  private let kept: Kept
  private let prefix: String
  /// What the first axis of a matrix is recorded as; nil: as it is.
  private let rows: [Int]?
  /// Elements above which a tensor is sampled.
  private let limit: Int
  /// The names that are kept; nil: all.
  private let names: Set<String>?

  /// - Parameter limit: elements above which tensors are sampled, but for those recorded as `whole`.
  /// - Parameter names: the names to keep; nil: all.
  public init(limit: Int = TracedTensor.usualLimit, keeping names: Set<String>? = nil) {
    (kept, prefix, rows, self.limit, self.names) = (Kept(), "", nil, limit, names)
  }

  private init(_ trace: Trace, prefix: String, rows: [Int]?) {
    (kept, limit, names) = (trace.kept, trace.limit, trace.names)
    (self.prefix, self.rows) = (prefix, rows)
  }

  /// The tensors recorded so far, in the order in which they were made.
  public var tensors: [TracedTensor] { kept.tensors.withLock { $0 } }

  /// The same trace for a part of the network: `trace["block"][3]` puts `block.3.` before names.
  public subscript(part: String) -> Trace { Trace(self, prefix: "\(prefix)\(part).", rows: rows) }
  public subscript(index: Int) -> Trace { self["\(index)"] }

  /// The same trace that records matrices `[N, C]` as `rows + [C]`: tokens as the grid that they are on.
  public func with(rows: [Int]) -> Trace { Trace(self, prefix: prefix, rows: rows) }

  /// Records `tensor`, sampled if it is large.
  public func callAsFunction(_ name: String, _ tensor: @autoclosure () -> Tensor) {
    record(name, tensor, limit: limit)
  }

  /// Records `tensor` as it is.
  public func callAsFunction(whole name: String, _ tensor: @autoclosure () -> Tensor) {
    record(name, tensor, limit: .max)
  }

  /// Records all tensors of `other`.
  public func append(_ other: Trace) {
    let more = other.tensors
    kept.tensors.withLock { $0 += more }
  }

  private func record(_ name: String, _ tensor: () -> Tensor, limit: Int) {
    let path = prefix + name
    guard names?.contains(path) ?? true else { return }
    let tensor = tensor()
    let shape = tensor.rank == 2 ? (rows ?? [tensor.shape[0]]) + [tensor.shape[1]] : tensor.shape
    let traced = TracedTensor(path, tensor.reshaped(shape), limit: limit)
    kept.tensors.withLock { $0.append(traced) }
  }

  private final class Kept: Sendable {
    let tensors = Mutex<[TracedTensor]>([])
  }
}
