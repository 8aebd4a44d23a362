/// A boolean image, one bit a pixel, row-major. Areas and overlaps are population counts.
public struct BitMask: Sendable, Equatable, Hashable {
  public let height: Int
  public let width: Int
  /// Bit `i % 64` of word `i / 64` is pixel `i = y * width + x`; bits past the end are 0.
  public private(set) var words: [UInt64]

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
    words = [UInt64](repeating: 0, count: (height * width + 63) / 64)
  }

  /// The mask of the pixels whose row-major index `isSet`.
  public init(height: Int, width: Int, where isSet: (Int) -> Bool) {
    self.init(height: height, width: width)
    let count = height * width
    for position in words.indices {
      var word: UInt64 = 0
      for bit in 0..<min(64, count - position * 64) where isSet(position * 64 + bit) {
        word |= 1 << UInt64(bit)
      }
      words[position] = word
    }
  }

  public subscript(y: Int, x: Int) -> Bool {
    get {
      let index = y * width + x
      return words[index >> 6] >> UInt64(index & 63) & 1 != 0
    }
    set {
      let index = y * width + x
      let bit: UInt64 = 1 << UInt64(index & 63)
      if newValue { words[index >> 6] |= bit } else { words[index >> 6] &= ~bit }
    }
  }

  /// One byte a pixel, 0 or 1, row-major.
  public var bytes: [UInt8] {
    (0..<height * width).map { UInt8(words[$0 >> 6] >> UInt64($0 & 63) & 1) }
  }

  /// The number of set pixels.
  public var area: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Pixels set in both.
  public func intersection(_ other: BitMask) -> Int {
    precondition(height == other.height && width == other.width)
    return zip(words, other.words).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
  }

  /// Intersection over union as (intersection, union) counts; the ratio of two empty masks is undefined.
  public func overlap(_ other: BitMask) -> (intersection: Int, union: Int) {
    let both = intersection(other)
    return (both, area + other.area - both)
  }

  public mutating func formUnion(_ other: BitMask) {
    precondition(height == other.height && width == other.width)
    for index in words.indices { words[index] |= other.words[index] }
  }

  /// Calls `body(y, x)` for each set pixel in row-major order.
  public func forEachPixel(_ body: (Int, Int) -> Void) {
    for (position, word) in words.enumerated() where word != 0 {
      var rest = word
      while rest != 0 {
        let index = position << 6 + rest.trailingZeroBitCount
        body(index / width, index % width)
        rest &= rest - 1
      }
    }
  }
}
