import Files
import NN

/// A tensor in an input file: where its elements are, in which type and order.
package struct SourceTensor: Sendable {
  /// The name in the input, with the keys of enclosing dictionaries before it, joined by dots.
  package private(set) var name: String
  package let element: SafetensorsElement
  package let shape: [Int]
  let file: InputFile
  /// Byte of the file at which element 0 of the tensor is.
  let start: Int
  /// Elements from one index to the next, by axis; nil if they follow each other in row-major order.
  let strides: [Int]?
  /// The keys of the dictionaries that it lies in, with a dot at the end; empty at the root.
  private(set) var folder: String

  package var count: Int { shape.reduce(1, *) }
  package var path: String { file.path }

  init(
    name: String, element: SafetensorsElement, shape: [Int], file: InputFile, start: Int,
    strides: [Int]? = nil, folder: String = ""
  ) {
    self.name = name
    self.element = element
    self.shape = shape
    self.file = file
    self.start = start
    self.folder = folder
    self.strides = strides.flatMap { Self.isContiguous(shape, $0) ? nil : $0 }
  }

  /// What programs that wrap modules put into the names of their parts: `torch.compile`, FSDP, activation checkpoints.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]

  /// A name without them.
  static func unwrapped(_ name: String) -> String {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.filter { !wrappers.contains($0) }.joined(separator: ".")
  }

  /// The tensor under the name that it has in the module itself.
  var unwrapped: SourceTensor {
    var tensor = self
    (tensor.name, tensor.folder) = (Self.unwrapped(name), Self.unwrapped(folder))
    return tensor
  }

  /// Largest extent of a tensor whose elements are not in row-major order: it is read as a whole.
  static let gatherLimit = 256 << 20

  /// Calls `body` with the elements' bytes in row-major order, in pieces of at most `chunkSize` elements.
  func forEachChunk(of chunkSize: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let size = element.bits / 8
    guard let strides else {
      var chunk = [UInt8](repeating: 0, count: min(count, chunkSize) * size)
      for first in stride(from: 0, to: count, by: chunkSize) {
        let bytes = min(chunkSize, count - first) * size
        try chunk.withUnsafeMutableBytes { buffer in
          let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes])
          try file.read(at: start + first * size, into: part)
          try body(UnsafeRawBufferPointer(part))
        }
      }
      return
    }
    let extent = zip(shape, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }
    guard extent * size <= Self.gatherLimit else {
      throw Failure(
        .badData, path: path, "tensor '\(name)' is spread over \(extent * size) bytes of its storage",
        remedy: "save it again after .contiguous()")
    }
    let spread = try file.read(start..<start + extent * size)
    var chunk: [UInt8] = []
    chunk.reserveCapacity(min(count, chunkSize) * size)
    var index = [Int](repeating: 0, count: shape.count)
    for number in 0..<count {
      let place = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } * size
      chunk.append(contentsOf: spread[place..<place + size])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
      if chunk.count == chunkSize * size || number == count - 1 {
        try chunk.withUnsafeBytes { try body($0) }
        chunk.removeAll(keepingCapacity: true)
      }
    }
  }

  /// The same with the elements' values as float32.
  ///
  /// - Throws: `Failure` for element types that are not a weight's, and for values that are not finite.
  func forEachFiniteChunk(
    of chunkSize: Int, _ body: (UnsafeRawBufferPointer, [Float]) throws -> Void
  ) throws {
    try forEachChunk(of: chunkSize) { bytes in
      try decode(bytes, element, name: name, path: path) { values in
        if let index = values.withUnsafeBufferPointer(\.firstNonFinite) {
          throw Failure.notFinite(values[index], tensor: name, path: path)
        }
        try body(bytes, values)
      }
    }
  }

  /// All values of a small tensor, as float32.
  package func floats() throws -> [Float] {
    var values: [Float] = []
    try forEachChunk(of: 1 << 16) { try decode($0, element, name: name, path: path) { values += $0 } }
    return values
  }

  private static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() {
      if size != 1 && stride != expected { return false }
      expected *= size
    }
    return true
  }
}
