import Files

/// An array of NumPy's `.npy` format, versions 1 to 3, of plain numbers in either byte order and memory order.
///
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
public struct NPYFile: Sendable {
  public enum Element: String, Sendable {
    case bool = "b1"
    case int8 = "i1"
    case uint8 = "u1"
    case int16 = "i2"
    case uint16 = "u2"
    case int32 = "i4"
    case uint32 = "u4"
    case int64 = "i8"
    case uint64 = "u8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    /// NumPy's name: `float32`.
    public var name: String {
      let kinds: [Character: String] = ["b": "bool", "i": "int", "u": "uint", "f": "float"]
      let kind = rawValue.first.flatMap { kinds[$0] } ?? ""
      return self == .bool ? kind : kind + String(8 * size)
    }

    var size: Int { Int(rawValue.utf8.last.map { $0 - 48 } ?? 1) }
  }

  public let shape: [Int]
  public let element: Element
  let bigEndian: Bool
  let fortranOrder: Bool
  private let file: MappedFile?
  private let dataOffset: Int
  private let contents: [UInt8]

  public var count: Int { shape.reduce(1, *) }

  /// Opens the file at `path`.
  ///
  /// - Throws: `Failure` for files that are missing, malformed, or of other elements than numbers.
  public init(_ path: String) throws {
    let file = try MappedFile(path)
    self = try inFile(path) { try file.withBytes { try Self($0, file: file, contents: []) } }
  }

  public init(bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try Self($0, file: nil, contents: bytes) }
  }

  private init(_ bytes: UnsafeRawBufferPointer, file: MappedFile?, contents: [UInt8]) throws {
    let header = try NPYHeader(bytes)
    var size = header.element.size
    for length in header.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: length)
      guard !overflow else {
        throw Failure(.badData, "the shape \(header.shape) is more than a file can hold")
      }
      size = product
    }
    guard bytes.count - header.dataOffset == size else {
      throw Failure(
        .badData,
        "the shape \(header.shape) of \(header.element.name) takes \(size) bytes, but "
          + "\(bytes.count - header.dataOffset) follow the header", remedy: "save it again with numpy.save")
    }
    shape = header.shape
    element = header.element
    bigEndian = header.bigEndian
    fortranOrder = header.fortranOrder
    dataOffset = header.dataOffset
    self.file = file
    self.contents = contents
  }

  /// The elements as float32 in row-major order; integers beyond 2^24 and float64 are rounded.
  public var floats: [Float] {
    withData { data in
      let order = order
      return [Float](unsafeUninitializedCapacity: count) { output, filled in
        for index in 0..<count { output[index] = number(data, order(index)) }
        filled = count
      }
    }
  }

  /// The elements of a `uint8` or `bool` array, row-major.
  ///
  /// - Throws: `Failure` when the array has other elements.
  public func uint8Values() throws -> [UInt8] {
    guard element == .uint8 || element == .bool else {
      throw Failure(
        .badData, path: file?.path, "holds \(element.name), not uint8",
        remedy: "convert it with astype('uint8')")
    }
    return withData { data in
      let order = order
      return (0..<count).map { data[order($0)] }
    }
  }

  private func withData<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    if let file {
      return withExtendedLifetime(file) { body(UnsafeRawBufferPointer(rebasing: file.bytes[dataOffset...])) }
    }
    return contents.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[dataOffset...])) }
  }

  /// From an element's row-major position to its stored one.
  private var order: (Int) -> Int {
    guard fortranOrder, shape.count > 1 else { return { $0 } }
    let shape = shape
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    return { index in
      var (rest, stored) = (index, 0)
      for axis in shape.indices.reversed() {
        stored += rest % shape[axis] * strides[axis]
        rest /= shape[axis]
      }
      return stored
    }
  }

  private func number(_ data: UnsafeRawBufferPointer, _ index: Int) -> Float {
    func integer<T: FixedWidthInteger>(_ type: T.Type) -> T {
      let value = data.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: type)
      return bigEndian ? T(bigEndian: value) : T(littleEndian: value)
    }
    switch element {
    case .bool: return data[index] == 0 ? 0 : 1
    case .int8: return Float(integer(Int8.self))
    case .uint8: return Float(data[index])
    case .int16: return Float(integer(Int16.self))
    case .uint16: return Float(integer(UInt16.self))
    case .int32: return Float(integer(Int32.self))
    case .uint32: return Float(integer(UInt32.self))
    case .int64: return Float(integer(Int64.self))
    case .uint64: return Float(integer(UInt64.self))
    case .float16: return Float(half: integer(UInt16.self))
    case .float32: return Float(bitPattern: integer(UInt32.self))
    case .float64: return Float(Double(bitPattern: integer(UInt64.self)))
    }
  }
}
