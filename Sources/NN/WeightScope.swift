import Files
import Synchronization

/// A place in a weights file: a prefix of names, under which a part of a model finds its parameters.
///
/// `weights["blocks"][3]["attn"]` is the place of `blocks.3.attn.qkv.weight`. Reading checks name and shape
/// together. All scopes of one file share a record of what was read, so that `expectAllRead` can refuse a file
/// with parameters that the model has no use for.
public struct WeightScope: Sendable {
  public let file: SafetensorsFile
  /// The prefix of this place, without a dot at the end; empty at the root.
  public let path: String
  /// What linear layers read from here compute with.
  public let precision: Precision
  private let record: ReadRecord

  /// The root of `file`.
  public init(_ file: SafetensorsFile) {
    self.file = file
    (path, precision) = ("", .float32)
    record = ReadRecord()
  }

  private init(_ parent: WeightScope, _ path: String, _ precision: Precision) {
    file = parent.file
    (self.path, self.precision) = (path, precision)
    record = parent.record
  }

  /// The same place, for layers of another precision.
  public func with(_ precision: Precision) -> WeightScope { WeightScope(self, path, precision) }

  /// Lets go of the pages of the parameter `name`: it was read, and is needed no more.
  func release(_ name: String) { file.release(fullName(name)) }

  /// The place `name` below this one; dots in `name` are levels.
  public subscript(name: String) -> WeightScope { WeightScope(self, fullName(name), precision) }

  /// The place `index` below this one: an element of a list of layers.
  public subscript(index: Int) -> WeightScope { self[String(index)] }

  /// The parameter `name` in this place, as float32 of exactly `shape`.
  ///
  /// - Throws: `Failure` if it is missing or has another shape or a type that is not a weight's, or holds NaN or
  ///   infinity.
  public func tensor(_ name: String, shape: [Int]) throws -> Tensor {
    let full = fullName(name)
    guard let entry = file.entry(full) else {
      throw Failure(
        .badData, path: file.path, "has no tensor '\(full)' (expected with shape \(shape))",
        remedy: "use a file made by convert-weights for this kind of model")
    }
    guard entry.shape == shape else {
      throw Failure(
        .badData, path: file.path, "tensor '\(full)' has shape \(entry.shape), expected \(shape)",
        remedy: "use a file made by convert-weights, whose configuration fits its tensors")
    }
    let tensor = try file.tensor(full)
    if let value = tensor.firstNonFinite { throw Failure.notFinite(value, tensor: full, path: file.path) }
    record.names.withLock { _ = $0.insert(full) }
    return tensor
  }

  /// As `tensor(_:shape:)`: `weights("qkv.weight", shape: [3 * width, width])`.
  public func callAsFunction(_ name: String, shape: [Int]) throws -> Tensor {
    try tensor(name, shape: shape)
  }

  /// Whether there is a parameter `name` in this place.
  public func has(_ name: String) -> Bool { file.entry(fullName(name)) != nil }

  /// The shape of the parameter `name` in this place, if there is one.
  public func shape(_ name: String) -> [Int]? { file.entry(fullName(name))?.shape }

  /// Whether there is any parameter below `prefix` in this place.
  public func has(prefix: String) -> Bool {
    let start = fullName(prefix) + "."
    return file.names.contains { $0.hasPrefix(start) }
  }

  /// Refuses the file if any of its tensors, but for those named in `unused` in full, was never read.
  ///
  /// - Throws: `Failure` that names the tensors, the first three of them if there are more.
  public func expectAllRead(except unused: Set<String> = []) throws {
    let read = record.names.withLock { $0 }
    let extra = file.names.filter { !read.contains($0) && !unused.contains($0) }
    guard let first = extra.first else { return }
    let list = extra.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
    let what =
      extra.count == 1 ? "the unexpected tensor '\(first)'" : "\(extra.count) unexpected tensors: \(list)"
    throw Failure(
      .badData, path: file.path, "has \(what)\(extra.count > 3 ? ", ..." : "")",
      remedy: "use a file made by convert-weights for this kind of model")
  }

  private func fullName(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  private final class ReadRecord: Sendable {
    let names = Mutex<Set<String>>([])
  }
}
