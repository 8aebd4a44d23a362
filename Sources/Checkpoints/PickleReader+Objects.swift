import Files

/// Containers, known names and the tensors that they rebuild, and objects that are names only.
extension PickleReader {
  mutating func sequence(_ values: [PickleValue]) throws -> Int {
    guard pickle.sequences.count < Self.valueLimit else { throw wrong("too many tuples and lists") }
    pickle.sequences.append(values)
    return pickle.sequences.count - 1
  }

  /// A dictionary of keys and values in turn.
  mutating func dictionary(_ items: [PickleValue]) throws -> Int {
    guard pickle.dictionaries.count < Self.valueLimit else { throw wrong("too many dictionaries") }
    pickle.dictionaries.append([])
    try set(items, in: pickle.dictionaries.count - 1)
    return pickle.dictionaries.count - 1
  }

  private mutating func set(_ items: [PickleValue], in number: Int) throws {
    guard items.count % 2 == 0 else { throw wrong("a dictionary has a key without a value") }
    // One list can become many dictionaries: the sum is bounded, not only each.
    itemsSet += items.count
    guard itemsSet <= 4 * Self.valueLimit else { throw wrong("its dictionaries have too many items") }
    for index in stride(from: 0, to: items.count, by: 2) {
      pickle.dictionaries[number].append((items[index], items[index + 1]))
    }
  }

  mutating func setItems(_ items: [PickleValue]) throws {
    switch try top() {
    case .dictionary(let number): try set(items, in: number)
    case .object(let number):
      let inner = try pickle.objects[number].items ?? dictionary([])
      pickle.objects[number].items = inner
      try set(items, in: inner)
    default: throw wrong("items are set in no dictionary")
    }
  }

  mutating func appendToList(_ items: [PickleValue]) throws {
    switch try top() {
    case .list(let number): pickle.sequences[number].append(contentsOf: items)
    case .object: break
    default: throw wrong("items are appended to no list")
    }
  }

  mutating func addToSet(_: [PickleValue]) throws {
    switch try top() {
    case .opaque, .object: break
    default: throw wrong("items are added to no set")
    }
  }

  mutating func pushStackGlobal() throws {
    guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
      throw wrong("a global has no name")
    }
    try push(.global(PickleGlobal(module: module, name: name)))
  }

  /// `callable(*arguments)`: what the few known names would make; of any other an object that holds nothing yet.
  mutating func reduce() throws {
    guard case .tuple(let number) = try pop() else { throw wrong("something is called without arguments") }
    let callable = try pop()
    let arguments = pickle.sequences[number]
    guard case .global(let global) = callable else {
      try push(try object(of: callable))
      return
    }
    switch global {
    case .orderedDictionary: try push(.dictionary(try orderedDictionary(arguments)))
    case .size:
      guard arguments.count == 1, case .tuple = arguments[0] else { throw wrong("a torch.Size has no sizes") }
      try push(arguments[0])
    case .rebuildTensor: try push(try tensor(arguments))
    case .rebuildParameter, .rebuildParameterWithState: try push(try parameter(arguments))
    case .rebuildFromType: try push(try tensorOfType(arguments))
    case .storage: throw wrong("a storage is called")
    case .other: try push(try object(of: callable))
    }
  }

  /// NEWOBJ and NEWOBJ_EX: `class.__new__(class, ...)` of a class that is only a name.
  mutating func makeObject(arguments: Int) throws {
    for _ in 0..<arguments { _ = try pop() }
    let made = try pop()
    if case .global(.orderedDictionary) = made {
      try push(.dictionary(try dictionary([])))
    } else {
      try push(try object(of: made))
    }
  }

  /// What calling `callable` would have made, if anything were called.
  private mutating func object(of callable: PickleValue) throws -> PickleValue {
    let kind: String
    switch callable {
    case .global(.other(let name)): kind = name
    case .global(let known): kind = "\(known)"
    case .object(let number): kind = pickle.objects[number].kind
    default: throw wrong("something is called that is no global")
    }
    guard pickle.objects.count < Self.valueLimit else { throw wrong("too many objects") }
    pickle.objects.append(Pickle.Object(kind: kind))
    return .object(pickle.objects.count - 1)
  }

  /// `OrderedDict()` or `OrderedDict([(key, value), ...])`.
  private mutating func orderedDictionary(_ arguments: [PickleValue]) throws -> Int {
    guard let first = arguments.first else { return try dictionary([]) }
    guard arguments.count == 1, case .list(let list) = first else {
      throw wrong("an OrderedDict is malformed")
    }
    guard pickle.sequences[list].count <= 2 * Self.valueLimit - itemsSet / 2 else {
      throw wrong("its dictionaries have too many items")
    }
    var items: [PickleValue] = []
    for value in pickle.sequences[list] {
      guard let pair = elements(value), pair.count == 2 else { throw wrong("an OrderedDict is malformed") }
      items += pair
    }
    return try dictionary(items)
  }

  /// BUILD: the attributes of an object. Those of an OrderedDict (PyTorch keeps version numbers there) are dropped.
  mutating func build() throws {
    let state = try pop()
    switch try top() {
    case .dictionary: break
    case .object(let number):
      // The attributes, or they and those in slots.
      if case .dictionary(let attributes) = elements(state)?.first ?? state {
        pickle.objects[number].attributes = attributes
      }
    default:
      throw Failure(
        .badData, "has a pickle that sets the state of an object other than a dictionary", remedy: Self.remedy
      )
    }
  }

  /// `('storage', type, key, location, count)`: what PyTorch keeps outside the pickle.
  mutating func persistent(_ identifier: PickleValue) throws -> PickleValue {
    guard let parts = elements(identifier), parts.count >= 5, case .string("storage") = parts[0],
      case .global(let type) = parts[1], case .string(let key) = parts[2], case .int(let count) = parts[4],
      count >= 0
    else { throw wrong("a persistent object is not a storage") }
    guard case .storage(let element) = type else { return try object(of: parts[1]) }
    guard pickle.storages.count < Self.valueLimit else { throw wrong("too many storages") }
    pickle.storages.append(Pickle.Storage(key: key, element: element, count: count))
    return .storage(pickle.storages.count - 1)
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, ...)`.
  private mutating func tensor(_ arguments: [PickleValue]) throws -> PickleValue {
    if case .object = arguments.first { return arguments[0] }  // of a storage that is not known
    guard arguments.count >= 4, case .storage(let number) = arguments[0],
      case .int(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { throw wrong("a tensor is malformed") }
    let storage = pickle.storages[number]
    guard shape.count == strides.count, offset >= 0, (shape + strides).allSatisfy({ $0 >= 0 })
    else { throw wrong("a tensor has shape \(shape) and strides \(strides)") }
    let view = Pickle.TensorView(storage: storage, offset: offset, shape: shape, strides: strides)
    guard let extent = view.extent, extent.count <= storage.count, extent.end <= storage.count else {
      throw wrong(
        "a tensor of shape \(shape), strides \(strides) and offset \(offset) does not fit its storage of "
          + "\(storage.count) elements")
    }
    guard pickle.tensors.count < Self.valueLimit else { throw wrong("too many tensors") }
    pickle.tensors.append(view)
    return .tensor(pickle.tensors.count - 1)
  }

  /// `_rebuild_parameter(tensor, ...)`.
  private func parameter(_ arguments: [PickleValue]) throws -> PickleValue {
    switch arguments.first {
    case .tensor?, .object?: return arguments[0]
    default: throw wrong("a parameter has no tensor")
    }
  }

  /// `_rebuild_from_type_v2(function, type, arguments, state)`: a tensor with attributes, or of a class of its own.
  private mutating func tensorOfType(_ arguments: [PickleValue]) throws -> PickleValue {
    guard arguments.count >= 3, case .global(let function) = arguments[0],
      let inner = elements(arguments[2])
    else { throw wrong("a tensor is malformed") }
    switch function {
    case .rebuildTensor: return try tensor(inner)
    case .rebuildParameter, .rebuildParameterWithState: return try parameter(inner)
    default: return try object(of: arguments[0])
    }
  }

  private func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let number), .list(let number): pickle.sequences[number]
    default: nil
    }
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value), elements.count <= 16 else { return nil }
    let integers = elements.compactMap { if case .int(let integer) = $0 { integer } else { nil } }
    return integers.count == elements.count ? integers : nil
  }
}

extension Pickle.TensorView {
  /// Number of elements, and the end of the last one in the storage; nil if they overflow.
  var extent: (count: Int, end: Int)? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow { return nil }
      count = product
    }
    if shape.contains(0) { return (0, offset) }
    var last = offset
    for (size, stride) in zip(shape, strides) {
      let (step, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
      let (sum, overflow2) = last.addingReportingOverflow(step)
      if overflow || overflow2 || sum == Int.max { return nil }
      last = sum
    }
    return (count, last + 1)
  }
}
