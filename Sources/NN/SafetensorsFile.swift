import Files
import Parallel

/// A safetensors file: named arrays behind a JSON header, mapped into memory.
///
/// Strict: everything that the official Rust library refuses is refused, with the reason, and duplicate keys and
/// headers that do not begin with `{` besides (the format forbids them, the library lets them pass). Format:
/// eight bytes with the header's length (little-endian), the header, the data without holes or overlaps.
public final class SafetensorsFile: Sendable {
  /// Where one tensor is.
  public struct Entry: Sendable, Equatable {
    public let element: SafetensorsElement
    public let shape: [Int]
    /// Its bytes, counted from the start of the file.
    public let bytes: Range<Int>
  }

  /// The longest header that the official library reads.
  public static let headerLimit = 100_000_000

  public let path: String
  /// The tensors' names in the header's order.
  public let names: [String]
  public let metadata: [String: String]
  private let entries: [String: Entry]
  private let map: MappedFile

  /// Opens the file at `path` and checks the whole header. The data is not read yet.
  ///
  /// - Throws: `Failure` with the reason for which the file is refused.
  public convenience init(_ path: String) throws {
    try self.init(MappedFile(path))
  }

  init(_ map: MappedFile) throws {
    self.map = map
    path = map.path
    do {
      let header = try map.withBytes { try SafetensorsHeader($0) }
      names = header.names
      entries = header.entries
      metadata = header.metadata
    } catch let failure as Failure {
      throw try map.withBytes { Self.refusal(failure.inFile(map.path), map.path, start: $0) }
    }
  }

  public func entry(_ name: String) -> Entry? { entries[name] }

  /// Calls `body` with the bytes of tensor `name` in the mapped file, which must not escape it.
  public func withBytes<Result>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = try require(name).bytes
    return try withExtendedLifetime(map) { try body(UnsafeRawBufferPointer(rebasing: map.bytes[range])) }
  }

  /// A copy of the bytes of tensor `name`.
  public func rawBytes(_ name: String) throws -> [UInt8] {
    try withBytes(name) { Array($0) }
  }

  /// Tensor `name` as float32: F32 is read in place (copied only if its place is not a multiple of four), F16
  /// and BF16 are converted exactly.
  ///
  /// - Throws: `Failure` if there is no such tensor or it has another element type.
  public func tensor(_ name: String) throws -> Tensor {
    let entry = try require(name)
    guard entry.element == .f32 || entry.element == .f16 || entry.element == .bf16 else {
      throw Failure(
        .badData, path: path, "tensor '\(name)' has element type \(entry.element.rawValue)",
        remedy: "weights must be F32, F16 or BF16")
    }
    return try withBytes(name) { bytes in
      let aligned = UInt(bitPattern: bytes.baseAddress) % 4 == 0
      if entry.element == .f32, aligned, !bytes.isEmpty {
        return Tensor(entry.shape, borrowing: bytes.bindMemory(to: Float.self), owner: map)
      }
      return Tensor(entry.shape) { floats in convert(bytes, entry.element, into: floats) }
    }
  }

  /// The values of tensor `name`, whatever its element type, converted to `Float` (tests, tools).
  ///
  /// - Throws: `Failure` for a missing tensor, and for types narrower than a byte, 8-bit floats and complex.
  public func floats(_ name: String) throws -> [Float] {
    let entry = try require(name)
    if entry.element == .f32 || entry.element == .f16 || entry.element == .bf16 {
      return try tensor(name).values
    }
    return try withBytes(name) { bytes in
      switch entry.element {
      case .bool, .u8: bytes.map { Float($0) }
      case .i8: bytes.map { Float(Int8(bitPattern: $0)) }
      case .f64: load(bytes, Double.self) { Float($0) }
      case .i16: load(bytes, Int16.self) { Float($0) }
      case .u16: load(bytes, UInt16.self) { Float($0) }
      case .i32: load(bytes, Int32.self) { Float($0) }
      case .u32: load(bytes, UInt32.self) { Float($0) }
      case .i64: load(bytes, Int64.self) { Float($0) }
      case .u64: load(bytes, UInt64.self) { Float($0) }
      default:
        throw Failure(
          .badData, path: path,
          "tensor '\(name)' has element type \(entry.element.rawValue), which is not read")
      }
    }
  }

  /// The values of the F64 tensor `name`.
  public func doubles(_ name: String) throws -> [Double] {
    guard try require(name).element == .f64 else {
      throw Failure(.badData, path: path, "tensor '\(name)' is not F64")
    }
    return try withBytes(name) { load($0, Double.self) { $0 } }
  }

  /// Lets go of the pages of tensor `name` in memory; they are read anew if they are touched again.
  func release(_ name: String) {
    try? withBytes(name) { map.release($0) }
  }

  private func require(_ name: String) throws -> Entry {
    guard let entry = entries[name] else {
      throw Failure(.badData, path: path, "has no tensor '\(name)'")
    }
    return entry
  }
}

private func load<Value: BitwiseCopyable, Result>(
  _ bytes: UnsafeRawBufferPointer, _: Value.Type, _ transform: (Value) -> Result
) -> [Result] {
  let stride = MemoryLayout<Value>.size
  return (0..<bytes.count / stride).map {
    transform(bytes.loadUnaligned(fromByteOffset: $0 * stride, as: Value.self))
  }
}

/// F32, F16 or BF16 to float32, in fixed blocks over the threads.
private func convert(
  _ bytes: UnsafeRawBufferPointer, _ element: SafetensorsElement,
  into floats: UnsafeMutableBufferPointer<Float>
) {
  guard let source = bytes.baseAddress, element != .f32 else {
    UnsafeMutableRawBufferPointer(floats).copyBytes(from: bytes)
    return
  }
  let target = DisjointWrites(floats)
  Parallel.forEachRange(floats.count, size: 1 << 18) { range in
    for index in range {
      let half = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      target[index] = element == .f16 ? Float(half: half) : Float(bfloat: half)
    }
  }
}
