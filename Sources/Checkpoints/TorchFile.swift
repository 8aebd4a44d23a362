import Files

/// The tensors of a `torch.save` file (ZIP format, PyTorch 1.6 or later).
///
/// Layout: `NAME/data.pkl`, the pickle; `NAME/data/KEY`, the bytes of one storage each; `NAME/byteorder`.
enum TorchFile {
  /// Nesting of dictionaries that is followed.
  static let depthLimit = 6

  /// All tensors in the dictionaries of `file`, in their order, named by their keys joined by dots.
  ///
  /// - Throws: `Failure` for everything malformed, and for anything but a state dict, perhaps nested.
  static func tensors(_ file: InputFile) throws -> [SourceTensor] {
    try inFile(file.path) { try read(file) }
  }

  private static func read(_ file: InputFile) throws -> [SourceTensor] {
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
      let text = String(decoding: try file.read(try archive.data(order)), as: UTF8.self)
      guard text == "little" else {
        throw Failure(
          .badData, "is in the byte order '\(text.prefix(20))'; only little-endian files are read",
          remedy: "load it and save it again on a little-endian machine")
      }
    }
    guard entry.size <= PickleReader.byteLimit else {
      throw Failure(
        .badData, "has a pickle of \(entry.size) bytes; at most \(PickleReader.byteLimit) are read")
    }
    let pickle = try PickleReader.read(try file.read(try archive.data(entry)))
    var walk = Walk(archive: archive, dataFolder: "\(root)data/", pickle: pickle)
    guard case .dictionary(let number) = pickle.root else {
      throw Failure(
        .badData, "holds no dictionary of tensors",
        remedy: "save the state dict: torch.save(model.state_dict(), PATH)")
    }
    try walk.dictionary(number, prefix: "", depth: 0)
    return walk.tensors
  }
}

/// Collects the tensors of nested dictionaries.
private struct Walk {
  let archive: ZipArchive
  let dataFolder: String
  let pickle: Pickle
  var tensors: [SourceTensor] = []
  private var places: [String: Range<Int>] = [:]
  private var visited = 0

  init(archive: ZipArchive, dataFolder: String, pickle: Pickle) {
    self.archive = archive
    self.dataFolder = dataFolder
    self.pickle = pickle
  }

  mutating func dictionary(_ number: Int, prefix: String, depth: Int) throws {
    // One dictionary can be reached by many ways; following them all is bounded.
    visited += pickle.dictionaries[number].count
    guard depth < TorchFile.depthLimit, visited <= PickleReader.valueLimit else {
      throw Failure(.badData, "has dictionaries nested too deeply", remedy: PickleReader.remedy)
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
      switch value {
      case .tensor(let tensor): try add(pickle.tensors[tensor], named: prefix + text)
      case .dictionary(let inner): try dictionary(inner, prefix: "\(prefix)\(text).", depth: depth + 1)
      default: continue  // epochs, arguments and other things that are not weights
      }
    }
  }

  private mutating func add(_ view: Pickle.TensorView, named name: String) throws {
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
        start: place.lowerBound + view.offset * size, strides: view.strides))
  }
}

extension String {
  fileprivate func count(of character: Character) -> Int { reduce(0) { $0 + ($1 == character ? 1 : 0) } }
}
