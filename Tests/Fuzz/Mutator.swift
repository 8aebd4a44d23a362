import Files

extension SplitMix64 {
  fileprivate mutating func below(_ bound: Int) -> Int {
    bound <= 1 ? 0 : Int.random(in: 0..<bound, using: &self)
  }
}

/// Damages good files in the ways that parsers are most likely to mind.
struct Mutator {
  /// Numbers at which conditions turn over.
  private static let boundaries: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x1_0000_0000, 1 << 61, 1 << 62, 0x7FFF_FFFF_FFFF_FFFF, 1 << 63, .max,
  ]
  /// The same in decimal, and things that are no such numbers, for text formats.
  private static let words = [
    "0", "-1", "1", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "1e999",
    "1.5", "-0", "\"", "{", "}", "[", "]", ",", ":", "null", "\n", "\t", "nan", "inf", "\\u0000", "\\ud800",
  ]

  var generator: SplitMix64
  let corpus: [[UInt8]]
  /// Places are taken from the first bytes half of the time: there the headers are.
  private let headSize = 4096

  mutating func next() -> [UInt8] {
    var bytes = corpus[generator.below(corpus.count)]
    for _ in 0...generator.below(6) { mutate(&bytes) }
    return bytes
  }

  private mutating func place(_ bytes: [UInt8]) -> Int {
    switch generator.below(4) {
    case 0, 1: generator.below(min(headSize, bytes.count))
    case 2: max(0, bytes.count - 1 - generator.below(min(headSize, bytes.count)))
    default: generator.below(bytes.count)
    }
  }

  private mutating func range(_ bytes: [UInt8]) -> Range<Int> {
    let start = place(bytes)
    let longest = generator.below(4) == 0 ? bytes.count : 64
    return start..<min(bytes.count, start + 1 + generator.below(longest))
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [UInt8(truncatingIfNeeded: generator.next())]
      return
    }
    switch generator.below(12) {
    case 0, 1: bytes[place(bytes)] ^= 1 << UInt8(generator.below(8))
    case 2: bytes[place(bytes)] = UInt8(truncatingIfNeeded: generator.next())
    case 3, 4: overwriteNumber(&bytes)
    case 5: bytes.removeSubrange(range(bytes))
    case 6: bytes.insert(contentsOf: Array(bytes[range(bytes)]), at: place(bytes))
    case 7: bytes.removeSubrange(place(bytes)...)
    case 8:
      let other = corpus[generator.below(corpus.count)]
      guard !other.isEmpty else { return }
      bytes.replaceSubrange(range(bytes), with: Array(other[range(other)]))
    case 9, 10: replaceWord(&bytes)
    default: lengthen(&bytes)
    }
  }

  /// A boundary number of 1, 2, 4 or 8 bytes, or one near what is there, in either byte order.
  private mutating func overwriteNumber(_ bytes: inout [UInt8]) {
    let size = 1 << generator.below(4)
    let start = place(bytes)
    guard start + size <= bytes.count else { return }
    var value = Self.boundaries[generator.below(Self.boundaries.count)]
    if generator.below(3) == 0 {
      value = (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
      value = value &+ UInt64(generator.below(9)) &- 4
    }
    if generator.below(2) == 0 { value = value.byteSwapped >> UInt64(64 - 8 * size) }
    for index in 0..<size { bytes[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }

  /// A run of digits, or any byte, replaced by a word. If the file begins with the length of a header that holds
  /// the place, that is corrected half of the time, so that the header's own reader is reached.
  private mutating func replaceWord(_ bytes: inout [UInt8]) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var start = place(bytes)
    if generator.below(3) > 0 { start = bytes[start...].firstIndex { digits ~= $0 } ?? start }
    var end = start
    while end < bytes.count, end < start + 32, digits ~= bytes[end] { end += 1 }
    let word = Array(Self.words[generator.below(Self.words.count)].utf8)
    bytes.replaceSubrange(start..<max(end, start + 1), with: word)
    let change = word.count - max(end - start, 1)
    guard bytes.count >= 16, bytes[8] == UInt8(ascii: "{"), start >= 8, generator.below(2) == 0 else {
      return
    }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << UInt64(8 * $1) }
    guard UInt64(start) < length &+ 8 else { return }
    let corrected = length &+ UInt64(bitPattern: Int64(change))
    for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: corrected >> UInt64(8 * index)) }
  }

  private mutating func lengthen(_ bytes: inout [UInt8]) {
    let filler = UInt8(truncatingIfNeeded: generator.next())
    bytes.append(contentsOf: repeatElement(filler, count: 1 + generator.below(300)))
  }
}
