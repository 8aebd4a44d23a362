import Files

/// Reads a pickle (protocols 2 to 5) without ever executing anything: an interpreter of the opcodes that
/// `torch.save` uses, which knows a few names (`PickleGlobal`) and takes all others for names. Opcodes: Python's
/// `pickletools`.
///
/// Memory is bounded by the pickle's length, which is bounded itself.
package struct PickleReader {
  /// Longest pickle, and most values on the stack, in the memo and in the arena. Pickles of real checkpoints
  /// have some hundred kilobytes.
  package static let byteLimit = 32 << 20
  package static let valueLimit = 1 << 20

  private let bytes: [UInt8]
  private var at = 0
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  var stack: [PickleValue] = []
  var pickle = Pickle()
  /// Keys and values in all dictionaries so far.
  var itemsSet = 0

  /// Reads the pickle in `bytes`; what follows its end is not looked at.
  ///
  /// - Throws: `Failure` that says what is malformed or not allowed, without a path.
  package static func read(_ bytes: [UInt8]) throws -> Pickle {
    guard bytes.count <= byteLimit else {
      throw Failure(.badData, "has a pickle of \(bytes.count) bytes; at most \(byteLimit) are read")
    }
    var reader = PickleReader(bytes: bytes)
    guard try reader.byte() == 0x80, try 2...5 ~= reader.byte() else {
      throw reader.wrong("it is not of protocol 2 to 5")
    }
    while try reader.step() {}
    return reader.pickle
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  func wrong(_ reason: String) -> Failure {
    Failure(
      .badData, "has a malformed pickle: \(reason) (at byte \(at))",
      remedy: "obtain the file again, or save the state dict again with torch.save")
  }

  /// Executes the next opcode; false at the end.
  private mutating func step() throws -> Bool {
    let opcode = try byte()
    switch opcode {
    case UInt8(ascii: "."):
      pickle.root = try pop()
      return false
    case 0x95: _ = try length(8)  // a frame: its contents follow as usual
    case UInt8(ascii: "("):
      guard marks.count < Self.valueLimit else { throw wrong("too many marks") }
      marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popMark()
    case UInt8(ascii: "2"): try push(try top())
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "K"): try push(.int(try unsigned(1)))
    case UInt8(ascii: "M"): try push(.int(try unsigned(2)))
    case UInt8(ascii: "J"): try push(.int(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case 0x8A: try push(try longInteger())
    case 0x8B: try pushBytes(4)
    case UInt8(ascii: "G"): try push(.float(Double(bitPattern: try bigEndian64())))
    case UInt8(ascii: "X"), UInt8(ascii: "T"): try pushText(4)
    case 0x8C, UInt8(ascii: "U"): try pushText(1)
    case 0x8D: try pushText(8)
    case UInt8(ascii: "C"): try pushBytes(1)
    case UInt8(ascii: "B"): try pushBytes(4)
    case 0x8E, 0x96: try pushBytes(8)
    case 0x8F: try push(.opaque)
    case 0x90: try addToSet(try popMark())
    case 0x91:
      _ = try popMark()
      try push(.opaque)
    case UInt8(ascii: ")"): try push(.tuple(try sequence([])))
    case 0x85...0x87: try push(.tuple(try sequence(try pop(Int(opcode) - 0x84))))
    case UInt8(ascii: "t"): try push(.tuple(try sequence(try popMark())))
    case UInt8(ascii: "]"): try push(.list(try sequence([])))
    case UInt8(ascii: "l"): try push(.list(try sequence(try popMark())))
    case UInt8(ascii: "a"): try appendToList(try pop(1))
    case UInt8(ascii: "e"): try appendToList(try popMark())
    case UInt8(ascii: "}"): try push(.dictionary(try dictionary([])))
    case UInt8(ascii: "d"): try push(.dictionary(try dictionary(try popMark())))
    case UInt8(ascii: "s"): try setItems(try pop(2))
    case UInt8(ascii: "u"): try setItems(try popMark())
    case UInt8(ascii: "c"): try push(.global(PickleGlobal(module: try line(), name: try line())))
    case 0x93: try pushStackGlobal()
    case UInt8(ascii: "R"): try reduce()
    case 0x81: try makeObject(arguments: 1)
    case 0x92: try makeObject(arguments: 2)
    case UInt8(ascii: "b"): try build()
    case UInt8(ascii: "Q"): try push(try persistent(try pop()))
    case UInt8(ascii: "q"): try remember(try unsigned(1))
    case UInt8(ascii: "r"): try remember(try unsigned(4))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "h"): try push(try recall(try unsigned(1)))
    case UInt8(ascii: "j"): try push(try recall(try unsigned(4)))
    default:
      throw Failure(
        .badData, "has a pickle with opcode 0x\(String(opcode, radix: 16)), which a state dict does not need",
        remedy: PickleReader.remedy)
    }
    return true
  }

  static let remedy = "nothing was executed; save the state dict alone: torch.save(model.state_dict(), PATH)"

  // MARK: Bytes

  private mutating func byte() throws -> UInt8 {
    guard at < bytes.count else { throw wrong("it ends in the middle") }
    at += 1
    return bytes[at - 1]
  }

  private mutating func skip(_ count: Int) throws {
    guard count <= bytes.count - at else { throw wrong("it ends in the middle") }
    at += count
  }

  /// A little-endian number of `size` bytes, at most 4.
  private mutating func unsigned(_ size: Int) throws -> Int {
    var value = 0
    for index in 0..<size { value |= Int(try byte()) << (8 * index) }
    return value
  }

  /// A length of `size` bytes that fits what is left.
  private mutating func length(_ size: Int) throws -> Int {
    var value: UInt64 = 0
    for index in 0..<size { value |= UInt64(try byte()) << UInt64(8 * index) }
    guard value <= UInt64(bytes.count - at) else { throw wrong("it ends in the middle") }
    return Int(value)
  }

  private mutating func bigEndian64() throws -> UInt64 {
    var value: UInt64 = 0
    for _ in 0..<8 { value = value << 8 | UInt64(try byte()) }
    return value
  }

  /// LONG1: two's complement, little-endian.
  private mutating func longInteger() throws -> PickleValue {
    let size = Int(try byte())
    guard size <= 8 else {
      try skip(size)
      return .opaque
    }
    var value: UInt64 = 0
    var last: UInt8 = 0
    for index in 0..<size {
      last = try byte()
      value |= UInt64(last) << UInt64(8 * index)
    }
    if last >= 0x80, size < 8 { value |= ~0 << UInt64(8 * size) }
    return .int(Int(Int64(bitPattern: value)))
  }

  /// The text of a length of `size` bytes; what is not UTF-8 is no name that weights need.
  private mutating func pushText(_ size: Int) throws {
    let count = try length(size)
    try skip(count)
    try push(String(validating: bytes[at - count..<at], as: UTF8.self).map { .string($0) } ?? .opaque)
  }

  private mutating func pushBytes(_ size: Int) throws {
    try skip(try length(size))
    try push(.opaque)
  }

  /// Text up to the end of the line.
  private mutating func line() throws -> String {
    let end = bytes[at...].firstIndex(of: UInt8(ascii: "\n"))
    guard let end, end - at <= 1000 else { throw wrong("a name has no end") }
    guard let line = String(validating: bytes[at..<end], as: UTF8.self) else {
      throw wrong("a name is not UTF-8")
    }
    at = end + 1
    return line
  }

  // MARK: Stack and memo

  mutating func push(_ value: PickleValue) throws {
    guard stack.count < Self.valueLimit else {
      throw wrong("more than \(Self.valueLimit) values on the stack")
    }
    stack.append(value)
  }

  func top() throws -> PickleValue {
    guard stack.count > marks.last ?? 0, let value = stack.last else { throw wrong("the stack is empty") }
    return value
  }

  mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  /// The topmost `count` values, the deepest first.
  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw wrong("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw wrong("there is no mark") }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private mutating func remember(_ number: Int) throws {
    guard memo.count < Self.valueLimit else { throw wrong("more than \(Self.valueLimit) values in the memo") }
    memo[number] = try top()
  }

  private func recall(_ number: Int) throws -> PickleValue {
    guard let value = memo[number] else { throw wrong("memo \(number) was never set") }
    return value
  }
}
