import Files

/// Reads big-endian numbers one after another.
struct BigEndianReader {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Parameter part: what ends too early, for the message.
  private mutating func take(_ count: Int, _ part: String) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw Failure(
        .badData, "ends at byte \(bytes.count), in the midst of \(part)", remedy: "copy or save it again")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func skip(_ count: Int, of part: String) throws { _ = try take(count, part) }

  mutating func int(_ part: String) throws -> Int32 {
    Int32(bitPattern: try take(4, part).reduce(0) { $0 << 8 | UInt32($1) })
  }

  mutating func float(_ part: String) throws -> Float {
    Float(bitPattern: UInt32(bitPattern: try int(part)))
  }

  /// The text of `count` bytes up to the first zero.
  mutating func text(_ count: Int, of part: String) throws -> String {
    String(decoding: try take(count, part).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// A count of items that are all there, `bytesEach` long; `after` bytes between are skipped.
  mutating func count(_ part: String, bytesEach: Int, after: Int) throws -> Int {
    let count = Int(try int(part))
    try skip(after, of: part)
    guard count >= 0, count <= (bytes.count - position) / bytesEach else {
      throw Failure(
        .badData, "has \(part) of \(count) points at byte \(position), more than are there",
        remedy: "copy or save it again")
    }
    return count
  }

  /// The text of `count` bytes that stand `distance` bytes further on; nil if the file ends before.
  func peek(_ count: Int, after distance: Int) -> String? {
    guard distance >= 0, distance <= bytes.count - position - count else { return nil }
    return String(decoding: bytes[position + distance..<position + distance + count], as: UTF8.self)
  }
}

/// Writes big-endian numbers one after another.
struct BigEndianWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ more: [UInt8]) { bytes += more }

  mutating func ints(_ numbers: Int...) {
    for number in numbers {
      withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { bytes += $0 }
    }
  }

  mutating func floats(_ numbers: Float...) {
    for number in numbers { withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 } }
  }

  /// `text` in `count` bytes, zeros after it; whole characters only, and one zero at the end of names.
  mutating func text(_ text: String, _ count: Int) {
    let room = text.utf8.count == count && count <= 8 ? count : count - 1
    var cut = text
    while cut.utf8.count > room { cut.removeLast() }
    bytes += Array(cut.utf8) + [UInt8](repeating: 0, count: count - cut.utf8.count)
  }
}
