import Files

/// The header of a `.npy` file: a Python dictionary of three entries, read strictly.
struct NPYHeader {
  let element: NPYFile.Element
  let bigEndian: Bool
  let fortranOrder: Bool
  let shape: [Int]
  /// The byte where the elements start.
  let dataOffset: Int

  /// NumPy itself refuses longer headers.
  private static let textLimit = 10_000

  init(_ bytes: UnsafeRawBufferPointer) throws {
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
      throw Failure(.badData, "is not an .npy file", remedy: "save it with numpy.save")
    }
    let version = bytes[6]
    guard (1...3).contains(version), bytes[7] == 0, version == 1 || bytes.count >= 12 else {
      throw Failure(.badData, "is .npy of version \(bytes[6]).\(bytes[7]); 1.0, 2.0 and 3.0 are read")
    }
    let length =
      version == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    let start = version == 1 ? 10 : 12
    guard length <= Self.textLimit, bytes.count - start >= length else {
      throw Failure(
        .badData, "announces an .npy header of \(length) bytes, longer than the file or than is read")
    }
    dataOffset = start + length
    var parser = PythonLiteral(Array(bytes[start..<dataOffset]))
    let entries = try parser.dictionary()
    guard entries.count == 3, case .text(let descr)? = entries["descr"],
      case .truth(let fortran)? = entries["fortran_order"], case .tuple(let shape)? = entries["shape"]
    else {
      throw Failure(.badData, "the .npy header does not have just 'descr', 'fortran_order' and 'shape'")
    }
    guard let order = descr.first, let element = NPYFile.Element(rawValue: String(descr.dropFirst())),
      "<>|=".contains(order), order != "|" || element.size == 1
    else {
      throw Failure(
        .badData, "holds elements of type '\(descr.prefix(20))'", remedy: "convert it to uint8 or float32")
    }
    self.element = element
    bigEndian = order == ">"
    fortranOrder = fortran
    self.shape = shape
  }
}

/// As much of Python's literals as `.npy` headers use.
private struct PythonLiteral {
  enum Value {
    case text(String)
    case truth(Bool)
    case tuple([Int])
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static let malformed = Failure(
    .badData, "the .npy header is malformed", remedy: "save it again with numpy.save")

  /// `{'key': value, ...}` with nothing but blanks around it.
  mutating func dictionary() throws -> [String: Value] {
    var entries: [String: Value] = [:]
    try expect("{")
    while !accept("}") {
      let key = try text()
      try expect(":")
      guard entries.updateValue(try value(), forKey: key) == nil else { throw Self.malformed }
      if !accept(",") {
        try expect("}")
        break
      }
    }
    skipBlanks()
    guard position == bytes.count else { throw Self.malformed }
    return entries
  }

  private mutating func value() throws -> Value {
    if accept("(") { return .tuple(try integers()) }
    for (word, truth) in [("True", true), ("False", false)] where accept(word) { return .truth(truth) }
    return .text(try text())
  }

  /// The rest of a tuple: `3, 4)`; a tuple of one has a comma after it.
  private mutating func integers() throws -> [Int] {
    var values: [Int] = []
    while !accept(")") {
      skipBlanks()
      let start = position
      while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
      guard let value = Int(String(decoding: bytes[start..<position], as: UTF8.self)), values.count < 64
      else {
        throw Self.malformed
      }
      values.append(value)
      if !accept(",") {
        guard values.count > 1 else { throw Self.malformed }
        try expect(")")
        break
      }
    }
    return values
  }

  private mutating func text() throws -> String {
    skipBlanks()
    guard position < bytes.count, bytes[position] == 39 || bytes[position] == 34 else { throw Self.malformed }
    let quote = bytes[position]
    let start = position + 1
    guard let end = bytes[start...].firstIndex(of: quote), !bytes[start..<end].contains(92) else {
      throw Self.malformed
    }
    position = end + 1
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [32, 9, 10, 13].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ word: String) -> Bool {
    skipBlanks()
    guard bytes[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func expect(_ word: String) throws {
    guard accept(word) else { throw Self.malformed }
  }
}
