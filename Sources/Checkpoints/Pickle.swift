import NN

/// A value of a pickle. Flat: containers are kept in the `Pickle` and referred to by number, so that no input
/// makes a deep tree whose release would overflow the stack.
package enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// Bytes, sets, numbers beyond 64 bits: nothing that weights need.
  case opaque
  case global(PickleGlobal)
  /// Number in `Pickle.sequences`.
  case tuple(Int)
  /// Number in `Pickle.sequences`.
  case list(Int)
  /// Number in `Pickle.dictionaries`.
  case dictionary(Int)
  /// Number in `Pickle.storages`.
  case storage(Int)
  /// Number in `Pickle.tensors`.
  case tensor(Int)
  /// Number in `Pickle.objects`.
  case object(Int)
}

/// What a pickle refers to by its name. A name that has no meaning here stays a name; nothing is ever called.
package enum PickleGlobal: Equatable {
  case orderedDictionary
  case size
  case rebuildTensor
  case rebuildParameter
  case rebuildParameterWithState
  case rebuildFromType
  case storage(SafetensorsElement)
  case other(String)

  init(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch", "Size"): self = .size
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch._utils", "_rebuild_parameter_with_state"): self = .rebuildParameterWithState
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", _): self = Self.storages[name].map { .storage($0) } ?? .other("torch.\(name)")
    default: self = .other("\(module).\(name)")
    }
  }

  private static let storages: [String: SafetensorsElement] = [
    "FloatStorage": .f32, "HalfStorage": .f16, "BFloat16Storage": .bf16, "DoubleStorage": .f64,
    "LongStorage": .i64, "IntStorage": .i32, "ShortStorage": .i16, "CharStorage": .i8, "ByteStorage": .u8,
    "BoolStorage": .bool, "ComplexFloatStorage": .c64,
  ]
}

/// What a pickle of `torch.save` says: nested containers, and tensors as views of storages.
package struct Pickle {
  /// A run of elements in a file of its own inside the archive.
  package struct Storage: Sendable {
    package let key: String
    package let element: SafetensorsElement
    /// Elements.
    package let count: Int
  }

  /// A view of a storage; it lies inside, and no element is in it twice.
  package struct TensorView {
    package let storage: Storage
    /// Elements before the first.
    package let offset: Int
    package let shape: [Int]
    /// Elements from one index to the next, by axis.
    package let strides: [Int]
  }

  /// What something without meaning here was to make: its name, and what was put into it. Nothing made it.
  package struct Object {
    /// `argparse.Namespace`
    package let kind: String
    /// Its items, of a kind of dictionary: number in `dictionaries`.
    package internal(set) var items: Int?
    /// Its attributes: number in `dictionaries`.
    package internal(set) var attributes: Int?
  }

  package internal(set) var root = PickleValue.none
  package internal(set) var sequences: [[PickleValue]] = []
  package internal(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  package internal(set) var storages: [Storage] = []
  package internal(set) var tensors: [TensorView] = []
  package internal(set) var objects: [Object] = []
}
