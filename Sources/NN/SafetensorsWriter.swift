import Files

/// Writes a safetensors file piece by piece, so that it never is in memory as a whole.
///
/// Names, types and shapes are declared first; then the bytes are appended in the declared order, in chunks of
/// any size. The header is padded with spaces so that the data starts at a multiple of 64 bytes.
public final class SafetensorsWriter {
  public struct Declaration: Sendable {
    public let name: String
    public let element: SafetensorsElement
    public let shape: [Int]

    public init(_ name: String, _ element: SafetensorsElement, _ shape: [Int]) {
      self.name = name
      self.element = element
      self.shape = shape
    }
  }

  private let file: AtomicFile
  /// Bytes of data still to come.
  private var missing: Int

  /// Starts the file `path` and writes its header; metadata is written in the order of its keys.
  ///
  /// - Throws: `Failure` if the file cannot be created, or a name is declared twice or a size overflows.
  public init(_ path: String, _ tensors: [Declaration], metadata: [String: String] = [:]) throws {
    let header = try Self.header(of: tensors, metadata: metadata, path: path)
    missing = header.dataBytes
    file = try AtomicFile(path)
    try file.write(header.bytes)
  }

  /// The start of a file of `tensors`: the length of its header and the header, and how many bytes of data follow.
  ///
  /// - Throws: `Failure` if a name is declared twice or a size overflows.
  static func header(
    of tensors: [Declaration], metadata: [String: String], path: String
  ) throws -> (bytes: [UInt8], dataBytes: Int) {
    var header = JSON.Object()
    if !metadata.isEmpty {
      var object = JSON.Object()
      for key in metadata.keys.sorted() { object.append(key, .string(metadata[key] ?? "")) }
      header.append("__metadata__", .object(object))
    }
    var dataBytes = 0
    for tensor in tensors {
      guard let byteCount = tensor.element.byteCount(tensor.shape) else {
        throw Failure(
          .internalError, path: path, "tensor '\(tensor.name)' of shape \(tensor.shape) is too large")
      }
      let value: JSON = [
        "dtype": .string(tensor.element.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": [.integer(dataBytes), .integer(dataBytes + byteCount)],
      ]
      guard tensor.name != "__metadata__", header.append(tensor.name, value) else {
        throw Failure(.internalError, path: path, "tensor '\(tensor.name)' is declared twice")
      }
      dataBytes += byteCount
    }
    var text = Array(JSON.object(header).text.utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64))
    return (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text, dataBytes)
  }

  /// Appends the next bytes of the data.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count <= missing else {
      throw Failure(.internalError, path: file.path, "more data than its tensors hold was to be written")
    }
    missing -= bytes.count
    try file.write(bytes)
  }

  public func append(_ tensor: Tensor) throws {
    try tensor.withElements { try append(UnsafeRawBufferPointer($0)) }
  }

  /// Completes the file; without this it never appears.
  public func finish() throws {
    guard missing == 0 else {
      throw Failure(.internalError, path: file.path, "\(missing) bytes of its data were not written")
    }
    try file.commit()
  }
}

extension SafetensorsFile {
  /// An array to be written: a tensor, or bytes of another element type.
  public struct Content: Sendable {
    public let element: SafetensorsElement
    public let shape: [Int]
    fileprivate let tensor: Tensor?
    fileprivate let bytes: [UInt8]

    /// A float32 array.
    public static func tensor(_ tensor: Tensor) -> Content {
      Content(element: .f32, shape: tensor.shape, tensor: tensor, bytes: [])
    }
    /// An array of any type from its little-endian bytes.
    public static func bytes(_ element: SafetensorsElement, _ shape: [Int], _ bytes: [UInt8]) -> Content {
      Content(element: element, shape: shape, tensor: nil, bytes: bytes)
    }
    public static func int32(_ shape: [Int], _ values: [Int32]) -> Content {
      bytes(.i32, shape, values.withUnsafeBytes { Array($0) })
    }
    public static func int64(_ shape: [Int], _ values: [Int64]) -> Content {
      bytes(.i64, shape, values.withUnsafeBytes { Array($0) })
    }
    public static func float64(_ shape: [Int], _ values: [Double]) -> Content {
      bytes(.f64, shape, values.withUnsafeBytes { Array($0) })
    }
  }

  /// Writes `contents` to `path`. Wider element types come first, so that every array is aligned; otherwise
  /// the order is kept.
  public static func write(
    _ contents: [(name: String, content: Content)], metadata: [String: String] = [:], to path: String
  ) throws {
    let widths = Set(contents.map(\.content.element.bits)).sorted(by: >)
    let ordered = widths.flatMap { width in contents.filter { $0.content.element.bits == width } }
    let writer = try SafetensorsWriter(
      path, ordered.map { .init($0.name, $0.content.element, $0.content.shape) }, metadata: metadata)
    for (_, content) in ordered {
      if let tensor = content.tensor {
        try writer.append(tensor)
      } else {
        try content.bytes.withUnsafeBytes { try writer.append($0) }
      }
    }
    try writer.finish()
  }

  /// Writes float32 `tensors` to `path`, in their order.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:], to path: String
  ) throws {
    try write(tensors.map { ($0.name, .tensor($0.tensor)) }, metadata: metadata, to: path)
  }
}
