import Files

/// The tensors of a `torch.save` file (ZIP format, PyTorch 1.6 or later).
///
/// Layout: `NAME/data.pkl`, the pickle; `NAME/data/KEY`, the bytes of one storage each; `NAME/byteorder`.
struct TorchFile {
  /// Nesting of dictionaries and modules that is followed; what lies deeper is no weight.
  static let depthLimit = 16
  /// Bytes of all names together; those of real checkpoints have some hundred kilobytes.
  static let nameLimit = 64 << 20

  /// All tensors in the dictionaries of the file, in their order, named by their keys joined by dots.
  private(set) var tensors: [SourceTensor] = []
  /// The names that are tensors of a kind that is not read, each with what it is: `_rebuild_sparse_tensor`.
  private(set) var others: [(name: String, kind: String)] = []
  /// All that the pickle would have made and that is no container and no tensor: `argparse.Namespace`.
  private(set) var kinds: [String] = []

  /// - Throws: `Failure` for everything malformed, and for anything but dictionaries of tensors, perhaps nested.
  init(_ file: InputFile) throws {
    try inFile(file.path) { try read(file) }
  }

  private mutating func read(_ file: InputFile) throws {
    let archive = try ZipArchive(file)
    let pickles = archive.entries.filter { $0.name.hasSuffix("/data.pkl") && $0.name.count(of: "/") == 1 }
    guard let entry = pickles.first, pickles.count == 1 else {
      throw Failure(
        .badData, "is a ZIP archive without the data.pkl of a PyTorch checkpoint",
        remedy: "give a file written by torch.save")
    }
    let root = entry.name.dropLast("data.pkl".count)
    guard archive["\(root)constants.pkl"] == nil else {
      throw Failure(
        .badData, "is a TorchScript archive, not a state dict",
        remedy: "save the state dict: torch.save(torch.jit.load(PATH).state_dict(), NEW)")
    }
    if let order = archive["\(root)byteorder"] {
      let text = String(
        decoding: try file.read(try archive.data(order).prefix(20)), as: UTF8.self)
      guard text == "little" else {
        throw Failure(
          .badData, "is in the byte order '\(text.prefix(20))'; only little-endian files are read",
          remedy: "load it and save it again on a little-endian machine")
      }
    }
    let place = try archive.data(entry)
    guard place.count <= PickleReader.byteLimit else {
      throw Failure(
        .badData, "has a pickle of \(place.count) bytes; at most \(PickleReader.byteLimit) are read")
    }
    let pickle = try PickleReader.read(try file.read(place))
    var walk = Walk(archive: archive, dataFolder: "\(root)data/", pickle: pickle)
    switch pickle.root {
    case .dictionary, .object: try walk.value(pickle.root, named: "", in: "", depth: 0)
    case .tuple(let number), .list(let number):
      // torch.save((model.state_dict(), optimizer.state_dict()), PATH)
      for (index, value) in pickle.sequences[number].enumerated() {
        if case .dictionary = value { try walk.value(value, named: "\(index)", in: "", depth: 1) }
      }
    default: break
    }
    if walk.tensors.isEmpty, walk.others.isEmpty {
      switch pickle.root {
      case .dictionary: break
      case .object(let number):
        throw Failure(
          .badData, "holds a '\(pickle.objects[number].kind)', not a dictionary of tensors",
          remedy: Self.remedy)
      default: throw Failure(.badData, "holds no dictionary of tensors", remedy: Self.remedy)
      }
    }
    (tensors, others) = (walk.tensors, walk.others)
    var seen: Set<String> = []
    kinds = pickle.objects.map(\.kind).filter { seen.insert($0).inserted }
  }

  private static let remedy = "save the state dict: torch.save(model.state_dict(), PATH)"
}

/// Collects the tensors of nested dictionaries, and of modules that were saved whole.
private struct Walk {
  let archive: ZipArchive
  let dataFolder: String
  let pickle: Pickle
  var tensors: [SourceTensor] = []
  var others: [(name: String, kind: String)] = []
  private var places: [String: Range<Int>] = [:]
  private var visited = 0
  private var nameBytes = 0

  init(archive: ZipArchive, dataFolder: String, pickle: Pickle) {
    self.archive = archive
    self.dataFolder = dataFolder
    self.pickle = pickle
  }

  /// - Parameter folder: the names of the dictionaries that `name` lies in, with a dot at the end.
  mutating func value(_ value: PickleValue, named name: String, in folder: String, depth: Int) throws {
    switch value {
    case .tensor(let number): try add(pickle.tensors[number], named: name, in: folder)
    case .dictionary(let number):
      let inside = name.isEmpty ? "" : "\(name)."
      try members(number, under: inside, in: inside, depth: depth + 1)
    case .object(let number):
      let object = pickle.objects[number]
      if let items = object.items {
        try self.value(.dictionary(items), named: name, in: folder, depth: depth)
      } else if let attributes = object.attributes {
        try module(attributes, named: name, in: folder, depth: depth)
      } else if object.kind.hasPrefix("torch._") {
        others.append((name, object.kind))
      }
    default: break  // epochs, arguments and other things that are not weights
    }
  }

  /// The parameters, buffers and parts of a `torch.nn.Module` with these attributes.
  private mutating func module(
    _ attributes: Int, named name: String, in folder: String, depth: Int
  ) throws {
    for (key, value) in pickle.dictionaries[attributes] {
      guard case .string(let key) = key, ["_parameters", "_buffers", "_modules"].contains(key),
        case .dictionary(let number) = value
      else { continue }
      try members(number, under: name.isEmpty ? "" : "\(name).", in: folder, depth: depth + 1)
    }
  }

  private mutating func members(
    _ number: Int, under prefix: String, in folder: String, depth: Int
  ) throws {
    guard depth <= TorchFile.depthLimit else { return }
    // One dictionary can be reached by many ways; following them all is bounded.
    visited += pickle.dictionaries[number].count
    guard visited <= PickleReader.valueLimit else {
      throw Failure(.badData, "has too many dictionaries inside one another", remedy: PickleReader.remedy)
    }
    for (key, value) in pickle.dictionaries[number] {
      let text: String
      switch key {
      case .string(let string): text = string
      case .int(let integer): text = String(integer)
      default: continue
      }
      guard text.utf8.count <= 1000 else {
        throw Failure(
          .badData, "has a key of \(text.utf8.count) bytes in a dictionary", remedy: PickleReader.remedy)
      }
      try self.value(value, named: prefix + text, in: folder, depth: depth)
    }
  }

  private mutating func add(_ view: Pickle.TensorView, named name: String, in folder: String) throws {
    nameBytes += name.utf8.count
    guard nameBytes <= TorchFile.nameLimit else {
      throw Failure(
        .badData, "has names of more than \(TorchFile.nameLimit) bytes", remedy: PickleReader.remedy)
    }
    let size = view.storage.element.bits / 8
    let key = view.storage.key
    let place: Range<Int>
    if let known = places[key] {
      place = known
    } else {
      guard let entry = archive[dataFolder + key] else {
        throw Failure(.badData, "has no data for tensor '\(name)' (entry '\(dataFolder)\(key)' is missing)")
      }
      place = try archive.data(entry)
      places[key] = place
    }
    guard view.storage.count <= place.count / size else {
      throw Failure(
        .badData,
        "has \(place.count) bytes of data for tensor '\(name)', whose storage of \(view.storage.count) "
          + "elements needs \(view.storage.count) x \(size)")
    }
    tensors.append(
      SourceTensor(
        name: name, element: view.storage.element, shape: view.shape, file: archive.file,
        start: place.lowerBound + view.offset * size, strides: view.strides, folder: folder))
  }
}

extension String {
  fileprivate func count(of character: Character) -> Int { reduce(0) { $0 + ($1 == character ? 1 : 0) } }
}
