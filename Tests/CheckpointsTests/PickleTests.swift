import Checkpoints
import Files
import Testing

/// Pickles written by hand, opcode by opcode (Python's `pickletools` names them).
@Suite("Pickles")
struct PickleTests {
  /// A pickle of protocol 2 with these opcodes.
  private func pickle(_ parts: Part...) -> [UInt8] { [0x80, 2] + parts.flatMap(\.bytes) }

  struct Part: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
    let bytes: [UInt8]
    init(stringLiteral value: String) { bytes = Array(value.utf8) }
    init(arrayLiteral elements: UInt8...) { bytes = elements }
    init(_ bytes: [UInt8]) { self.bytes = bytes }
    /// BINUNICODE
    static func text(_ text: String) -> Part {
      Part(
        [0x58] + withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) } + Array(text.utf8))
    }
    /// LONG1 of eight bytes
    static func int(_ value: Int) -> Part {
      Part([0x8A, 8] + withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) })
    }
    /// The persistent storage '0' of `count` float32.
    static func storage(_ count: Int) -> Part {
      Part(
        Array("(".utf8) + text("storage").bytes + Array("ctorch\nFloatStorage\n".utf8) + text("0").bytes
          + text("cpu").bytes + int(count).bytes + Array("tQ".utf8))
    }
    /// A tuple of integers.
    static func tuple(_ values: [Int]) -> Part {
      Part(Array("(".utf8) + values.flatMap { int($0).bytes } + Array("t".utf8))
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict())`
  private func tensor(storage: Int, offset: Int, shape: [Int], strides: [Int]) -> [UInt8] {
    pickle(
      "ctorch._utils\n_rebuild_tensor_v2\n(", .storage(storage), .int(offset), .tuple(shape), .tuple(strides),
      [0x89], "ccollections\nOrderedDict\n)RtR.")
  }

  @Test func valuesAreRead() throws {
    let read = try PickleReader.read(
      pickle(
        "}(", .text("none"), "N", .text("true"), [0x88], .text("byte"), [0x4B, 200], .text("short"),
        [0x4D, 1, 2],
        .text("int"), [0x4A, 0xFE, 0xFF, 0xFF, 0xFF], .text("long"), [0x8A, 2, 0x00, 0x80], .text("float"),
        [0x47, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], "u."))
    guard case .dictionary(let number) = read.root else { throw Failure(.badData, "no dictionary") }
    let values = read.dictionaries[number].map { member -> Double in
      switch member.value {
      case .none: 0
      case .bool(let value): value ? 1 : -1
      case .int(let value): Double(value)
      case .float(let value): value
      default: .nan
      }
    }
    #expect(values == [0, 1, 200, 513, -2, -32768, 1.5])
  }

  @Test func tensorsAreViews() throws {
    let view = try #require(
      try PickleReader.read(tensor(storage: 12, offset: 2, shape: [2, 3], strides: [1, 3])).tensors.first)
    #expect(view.offset == 2 && view.shape == [2, 3] && view.strides == [1, 3] && view.storage.count == 12)
    #expect(try PickleReader.read(tensor(storage: 6, offset: 0, shape: [6], strides: [1])).tensors.count == 1)
    #expect(try PickleReader.read(tensor(storage: 1, offset: 0, shape: [], strides: [])).tensors.count == 1)
    #expect(
      try PickleReader.read(tensor(storage: 0, offset: 0, shape: [0, 5], strides: [5, 1])).tensors.count == 1)
  }

  @Test(
    "views that leave their storage",
    arguments: [
      (5, 0, [6], [1]), (6, 1, [6], [1]), (6, 7, [0], [1]), (6, -1, [1], [1]), (6, 0, [-1], [1]),
      (6, 0, [1], [-1]), (6, 0, [2, 3], [4, 1]), (6, 0, [2], [1, 1]), (1, 0, [1000], [0]), (-1, 0, [1], [1]),
      (6, 0, [Int.max, 2], [1, 1]), (6, 0, [2, 1 << 62, 4], [1, 1, 1]), (6, 0, [2], [Int.max]),
      (6, Int.max, [2], [1]), (6, 0, [3, 3], [Int.max, Int.max]), (Int.max, Int.max, [1], [1]),
      (9, 0, [Int](repeating: 1, count: 17), [Int](repeating: 1, count: 17)),
    ])
  func outside(storage: Int, offset: Int, shape: [Int], strides: [Int]) {
    let bytes = tensor(storage: storage, offset: offset, shape: shape, strides: strides)
    #expect(throws: Failure.self) { try PickleReader.read(bytes) }
  }

  @Test(
    "names without meaning are kept as names, whatever they are",
    arguments: [
      ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("torch", "load"), ("torch", "tensor"),
      ("torch._utils", "_rebuild_sparse_tensor"), ("torch._utils", "_rebuild_tensor_v3"),
      ("torch.storage", "_load_from_bytes"),
      ("numpy.core.multiarray", "_reconstruct"), ("collections", "defaultdict"), ("torch", "UntypedStorage"),
      ("torch", "FloatStorage2"), ("", ""),
    ])
  func names(module: String, name: String) throws {
    let called = Array("N\u{85}R.".unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    for bytes in [
      pickle(Part(stringLiteral: "c\(module)\n\(name)\n"), Part(called)),
      [0x80, 4] + Part.text(module).bytes + Part.text(name).bytes + [0x93] + called,
      [0x80, 4] + Part.text(module).bytes + Part.text(name).bytes + [0x93, 0x29, 0x81, 0x4E, 0x62, 0x2E],
      [0x80, 4] + Part.text(module).bytes + Part.text(name).bytes + [0x93, 0x29, 0x7D, 0x92, 0x2E],
    ] {
      let read = try PickleReader.read(bytes)
      guard case .object(let number) = read.root else { throw Failure(.badData, "no object") }
      #expect(read.objects[number].kind == "\(module).\(name)")
      #expect(read.tensors.isEmpty && read.storages.isEmpty)
    }
  }

  @Test(
    "values that weights do not need are passed over",
    arguments: [
      [0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0x8B, 2, 0, 0, 0, 1, 1], [0x8F], [0x8F, 0x28, 0x4E, 0x90],
      [0x28, 0x4E, 0x91], [0x96, 1, 0, 0, 0, 0, 0, 0, 0, 7], [0x43, 1, 0xFF], [0x55, 1, 0xFF],
      [0x58, 3, 0, 0, 0, 0xED, 0xA0, 0x80],
    ] as [[UInt8]])
  func opaque(opcodes: [UInt8]) throws {
    let read = try PickleReader.read([0x80, 4] + opcodes + [0x2E])
    guard case .opaque = read.root else { throw Failure(.badData, "\(read.root)") }
  }

  @Test(
    "malformed",
    arguments: [
      ("", "it ends in the middle"), (".", "the stack is empty"), ("0.", "the stack is empty"),
      ("N", "ends in the middle"),
      ("t.", "there is no mark"), ("(N0", "ends in the middle"), ("(0.", "the stack is empty"),
      ("h\u{5}.", "was never set"),
      ("q\u{1}", "the stack is empty"), ("X\u{7F}\u{7F}\u{7F}\u{7F}a", "ends in the middle"),
      ("(NNNu", "the stack is empty"), ("N(NNu", "no dictionary"),
      ("}(Nu.", "key without a value"), ("}Na.", "no list"), ("NNR.", "something is called"),
      ("N)R.", "something is called"),
      ("ctorch\nFloatStorage\n)R.", "a storage is called"), ("ctorch\nSize\n)R.", "has no sizes"),
      ("ctorch._utils\n_rebuild_parameter\n)R.", "has no tensor"),
      ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "malformed"),
      ("NQ.", "not a storage"), (")Q.", "not a storage"), ("NNb.", "sets the state"),
      ("cos", "a name has no end"), ("N(N\u{90}.", "no set"), ("N\u{81}.", "the stack is empty"),
      ("N)\u{81}.", "no global"),
      ("ccollections\nOrderedDict\nN\u{85}R.", "OrderedDict is malformed"), ("i", "opcode 0x69"),
      ("o", "opcode 0x6f"),
      ("\u{1}", "opcode 0x1"),
    ])
  func malformed(text: String, reason: String) {
    let opcodes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    let failure = #expect(throws: Failure.self) { try PickleReader.read([0x80, 2] + opcodes) }
    #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
  }

  @Test func otherProtocolsAreRefused() {
    for bytes in [[0x80, 1, 0x4E, 0x2E], [0x80, 6, 0x4E, 0x2E], [0x4E, 0x2E], []] as [[UInt8]] {
      #expect(throws: Failure.self) { try PickleReader.read(bytes) }
    }
  }

  @Test func deepNestingIsHarmless() throws {
    // A million tuples inside each other: no recursion may follow them, not even to release them.
    let opcodes = [UInt8](repeating: 0x85, count: PickleReader.valueLimit - 1)
    _ = try PickleReader.read([0x80, 2, 0x4E] + opcodes + [0x2E])
    #expect(throws: Failure.self) { try PickleReader.read([0x80, 2, 0x4E] + opcodes + opcodes + [0x2E]) }
    let marks = [UInt8](repeating: 0x28, count: 2 * PickleReader.valueLimit)
    #expect(throws: Failure.self) { try PickleReader.read([0x80, 2] + marks) }
    let nones = [UInt8](repeating: 0x4E, count: 2 * PickleReader.valueLimit)
    #expect(throws: Failure.self) { try PickleReader.read([0x80, 2] + nones) }
  }

  @Test func oneListCannotBecomeManyDictionaries() {
    // [(None, None)] * 1000 in a list, of which an OrderedDict is made again and again.
    var bytes: [UInt8] = [0x80, 2, 0x5D, 0x71, 0]
    bytes += Array("(".utf8)
    for _ in 0..<1000 { bytes += [0x4E, 0x4E, 0x86] }
    bytes += Array("e0ccollections\nOrderedDict\nq\u{1}0".utf8)
    for _ in 0..<10_000 { bytes += [0x68, 1, 0x68, 0, 0x85, 0x52, 0x30] }
    let failure = #expect(throws: Failure.self) { try PickleReader.read(bytes + [0x4E, 0x2E]) }
    #expect(failure?.reason.contains("too many items") == true, "\(String(describing: failure))")
  }
}
