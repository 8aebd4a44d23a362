import Files

/// The codecs of a chunk: how its elements are ordered, and what is made of their bytes.
struct ZarrCodecs: Sendable {
  /// The array's axes as they are stored, slowest first.
  private(set) var order: [Int]
  /// In the order in which they were applied.
  private(set) var codecs: [ZarrCodec] = []
  /// As the store names them, for people.
  private(set) var names: [String] = []

  /// - Parameter axes: how many the array has.
  init(axes: Int, reversed: Bool = false) {
    order = Array(0..<axes)
    if reversed { order.reverse() }
  }

  /// Whether chunks are stored as they are.
  var isPlain: Bool { codecs.isEmpty }

  /// Takes one codec more, applied after those that are there.
  ///
  /// - Parameter name: as either version of Zarr calls it.
  /// - Throws: `Failure` for one that is not known.
  mutating func append(_ name: String, _ configuration: JSON?) throws {
    let codec: ZarrCodec
    switch name.hasPrefix("numcodecs.") ? String(name.dropFirst(10)) : name {
    case "blosc": codec = .blosc
    case "zstd": codec = .zstd
    case "gzip", "zlib": codec = .deflate
    case "crc32c" where name == "crc32c": codec = .crc32c
    case "shuffle":
      guard let size = configuration?["elementsize"]?.int ?? (configuration?["elementsize"] == nil ? 4 : nil),
        (1...64).contains(size)
      else { throw Failure(.badData, "the codec shuffle has an element size that is none", remedy: again) }
      codec = .shuffle(size)
    default:
      throw Failure(
        .badData, "the codec '\(name)' is not known here",
        remedy: "write the store with blosc, zstd, gzip, zlib or no compression")
    }
    guard !codec.isCompression || !codecs.contains(where: \.isCompression) else {
      throw Failure(
        .badData, "its chunks are compressed twice", remedy: "write the store with one compression")
    }
    codecs.append(codec)
    names.append(name)
  }

  /// Orders the axes as the codec `transpose` has it.
  mutating func transpose(_ configuration: JSON?) throws {
    guard let axes = configuration?["order"]?.ints, axes.sorted() == Array(0..<order.count), codecs.isEmpty
    else { throw Failure(.badData, "the codec transpose has no order of the axes", remedy: again) }
    order = axes.map { order[$0] }
    names.append("transpose")
  }

  /// Calls `body` with the bytes of the elements, `count` of them, that `bytes` were made of.
  ///
  /// - Throws: `Failure` if they are damaged, or are of more or fewer.
  func withDecoded<Result>(
    _ bytes: UnsafeRawBufferPointer, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try Self.withDecoded(bytes, through: codecs[...], count: count, body)
  }

  private static func withDecoded<Result>(
    _ bytes: UnsafeRawBufferPointer, through codecs: ArraySlice<ZarrCodec>, count: Int,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard let last = codecs.last else {
      guard bytes.count == count else {
        throw Failure(
          .badData, "holds \(bytes.count) bytes, not the \(count) of a chunk",
          remedy: "the store is incomplete or damaged; copy it again")
      }
      return try body(bytes)
    }
    // What went into a codec is as large as the elements and what those before it added, or, where one before it
    // compresses, as what came out.
    let before = codecs.dropLast()
    let size =
      before.contains(where: \.isCompression)
      ? max(0, bytes.count - last.addition) : count + before.reduce(0) { $0 + $1.addition }
    return try last.decode(bytes, count: size).withUnsafeBytes {
      try withDecoded($0, through: before, count: count, body)
    }
  }

  /// How far apart neighbours along each axis lie in a chunk of `shape`, in elements.
  func strides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    var step = 1
    for axis in order.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }
}

private let again = "write the store again"
