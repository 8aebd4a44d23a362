import Files

/// How chunks lie in the files of a sharded array (the codec `sharding_indexed`).
struct ZarrShards: Sendable {
  /// The elements of a chunk along each axis.
  let chunk: [Int]
  let codecs: ZarrCodecs
  /// Whether the index is at the start of the file, not at the end.
  private let isIndexFirst: Bool
  private let isIndexBigEndian: Bool
  /// Whether a checksum follows the index.
  private let isIndexChecked: Bool

  init(_ configuration: JSON?, axes: Int, _ element: inout ZarrElement) throws {
    guard let chunk = configuration?["chunk_shape"]?.ints, let list = configuration?["codecs"]?.array else {
      throw Failure(.badData, "its shards have no chunk_shape or no codecs", remedy: again)
    }
    self.chunk = chunk
    codecs = try ZarrCodecs(list, axes: axes, &element)
    let place = configuration?["index_location"]?.string ?? "end"
    guard place == "end" || place == "start" else {
      throw Failure(.badData, "its shards' index is neither at the start nor at the end", remedy: again)
    }
    isIndexFirst = place == "start"
    guard var number = ZarrElement("uint64") else { preconditionFailure("a type that is known") }
    let index = try ZarrCodecs(configuration?["index_codecs"]?.array ?? [], axes: axes + 1, &number)
    guard index.codecs.isEmpty || index.codecs == [.crc32c], index.order == Array(0...axes) else {
      throw Failure(.badData, "the index of its shards is compressed", remedy: again)
    }
    (isIndexBigEndian, isIndexChecked) = (number.bigEndian, !index.codecs.isEmpty)
  }

  /// - Throws: `Failure` if shards of `shard` do not hold whole chunks.
  func check(within shard: [Int]) throws {
    guard chunk.count == shard.count, zip(shard, chunk).allSatisfy({ $1 > 0 && $0 % $1 == 0 }) else {
      throw Failure(
        .badData, "its shards of \(shard.text) do not hold whole chunks of \(chunk.text)", remedy: again)
    }
  }

  /// Where the chunks lie in the shard `bytes`, which holds `count`; nil where one is not stored.
  ///
  /// - Throws: `Failure` if the file is cut off or damaged.
  func places(_ bytes: UnsafeRawBufferPointer, count: Int) throws -> [Range<Int>?] {
    let (size, overflow) = count.multipliedReportingOverflow(by: 16)
    let length = size + (isIndexChecked ? 4 : 0)
    guard !overflow, length <= bytes.count else {
      throw Failure(
        .badData, "is a shard of \(count) chunks, but its \(bytes.count) bytes hold no such index",
        remedy: copyAgain)
    }
    let start = isIndexFirst ? 0 : bytes.count - length
    let index = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
    if isIndexChecked {
      do { _ = try ZarrCodec.crc32c.decode(index, count: size) } catch {
        throw Failure(.badData, "the checksum of its index of chunks is wrong", remedy: copyAgain)
      }
    }
    return try (0..<count).map { number in
      let pair = (0..<2).map { half in
        let word = index.loadUnaligned(fromByteOffset: 16 * number + 8 * half, as: UInt64.self)
        return isIndexBigEndian ? UInt64(bigEndian: word) : UInt64(littleEndian: word)
      }
      if pair == [.max, .max] { return nil }
      guard let first = Int(exactly: pair[0]), let length = Int(exactly: pair[1]), first <= bytes.count,
        length <= bytes.count - first
      else {
        throw Failure(.badData, "its chunk \(number) lies outside of the file", remedy: copyAgain)
      }
      return first..<first + length
    }
  }
}

private let again = "write the store again"
private let copyAgain = "the store is incomplete or damaged; copy it again"
