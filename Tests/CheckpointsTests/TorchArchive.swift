import Files

/// What `torch.save` pickles, as far as the tests need it.
indirect enum Pickled: Sendable {
  case none
  case int(Int)
  case text(String)
  /// Opcodes as they are.
  case opcodes([UInt8])
  /// float32, with a storage of its own.
  case tensor([Int], [Float])
  /// A view of the storage of the first tensor.
  case view([Int])
  case list([Pickled])
  case tuple([Pickled])
  case dictionary([(Pickled, Pickled)])
  /// A name: `os.system` is ("os", "system").
  case name(String, String)
  /// REDUCE
  case call(Pickled, [Pickled])
  /// NEWOBJ
  case new(Pickled, [Pickled])
  /// BUILD
  case built(Pickled, state: Pickled)
  /// SETITEMS on an object
  case filled(Pickled, [(Pickled, Pickled)])

  /// A dictionary with texts for keys.
  static func named(_ members: [(String, Pickled)]) -> Pickled {
    .dictionary(members.map { (.text($0.0), $0.1) })
  }
  static func named(_ members: KeyValuePairs<String, Pickled>) -> Pickled {
    named(members.map { ($0.key, $0.value) })
  }
}

/// A file of `torch.save`: a ZIP archive of stored entries.
struct TorchArchive {
  private var pickle: [UInt8] = [0x80, 2]
  private var storages: [[Float]] = []

  init(_ root: Pickled) {
    write(root)
    pickle.append(UInt8(ascii: "."))
  }

  var bytes: [UInt8] {
    var entries = [("archive/data.pkl", pickle)]
    for (index, storage) in storages.enumerated() {
      entries.append(("archive/data/\(index)", storage.withUnsafeBytes { Array($0) }))
    }
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, data) in entries {
      let sizes = little(0, 4) + little(data.count, 4) + little(data.count, 4) + little(name.utf8.count, 2)
      directory +=
        [0x50, 0x4B, 1, 2] + little(0, 12) + sizes + little(0, 12) + little(file.count, 4) + name.utf8
      file += [0x50, 0x4B, 3, 4] + little(0, 10) + sizes + little(0, 2) + name.utf8 + data
    }
    let end = little(entries.count, 2) + little(entries.count, 2) + little(directory.count, 4)
    return file + directory + [0x50, 0x4B, 5, 6] + little(0, 4) + end + little(file.count, 4) + little(0, 2)
  }

  private func little(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private mutating func opcode(_ text: String) { pickle += text.utf8 }

  private mutating func write(_ value: Pickled) {
    switch value {
    case .none: opcode("N")
    case .int(let value): pickle += [0x8A, 8] + little(value, 8)
    case .text(let text): pickle += [0x58] + little(text.utf8.count, 4) + text.utf8
    case .opcodes(let bytes): pickle += bytes
    case .tensor(let shape, let values):
      storages.append(values)
      write(shape, storage: storages.count - 1)
    case .view(let shape): write(shape, storage: 0)
    case .list(let values): sequence("l", values)
    case .tuple(let values): sequence("t", values)
    case .dictionary(let members):
      opcode("}")
      items(members)
    case .name(let module, let name): opcode("c\(module)\n\(name)\n")
    case .call(let function, let arguments):
      write(function)
      sequence("t", arguments)
      opcode("R")
    case .new(let type, let arguments):
      write(type)
      sequence("t", arguments)
      pickle.append(0x81)
    case .built(let object, let state):
      write(object)
      write(state)
      opcode("b")
    case .filled(let object, let members):
      write(object)
      items(members)
    }
  }

  private mutating func sequence(_ end: String, _ values: [Pickled]) {
    opcode("(")
    for value in values { write(value) }
    opcode(end)
  }

  private mutating func items(_ members: [(Pickled, Pickled)]) {
    opcode("(")
    for (key, value) in members {
      write(key)
      write(value)
    }
    opcode("u")
  }

  /// `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`
  private mutating func write(_ shape: [Int], storage: Int) {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    opcode("ctorch._utils\n_rebuild_tensor_v2\n(")
    sequence(
      "tQ",
      [
        .text("storage"), .name("torch", "FloatStorage"), .text("\(storage)"), .text("cpu"),
        .int(storages[storage].count),
      ])
    write(.int(0))
    write(.tuple(shape.map { .int($0) }))
    write(.tuple(strides.map { .int($0) }))
    pickle.append(0x89)
    write(.call(.name("collections", "OrderedDict"), []))
    opcode("tR")
  }
}
