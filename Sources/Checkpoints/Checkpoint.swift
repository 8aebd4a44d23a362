import Files
import NN

/// The tensors of one or more checkpoint files: `torch.save` archives, safetensors, or the index of a model in
/// several files.
public struct Checkpoint: Sendable {
  /// The files that were read, in the order given, an index replaced by the files that it names.
  public let paths: [String]
  let files: [InputFile]
  package let tensors: [SourceTensor]
  /// Names of tensors of a kind that is not read, and that kind.
  let others: [(name: String, kind: String)]
  /// What is in the files beside tensors and containers, by the names of Python's classes. Nothing of it was made.
  let kinds: [String]

  /// Names, element types and shapes of all tensors, in the files' order.
  public var contents: [(name: String, element: SafetensorsElement, shape: [Int])] {
    tensors.map { ($0.name, $0.element, $0.shape) }
  }

  /// Opens `inputs` and lists their tensors. The data is not read yet.
  ///
  /// - Throws: `Failure` for files that are missing, malformed or of another kind, and for names that occur twice.
  public init(_ inputs: [String]) throws {
    let paths = try inputs.flatMap { try Self.expand($0) }
    guard !paths.isEmpty else { throw Failure(.usage, "no input file was given") }
    let files = try paths.map { try InputFile($0) }
    var (tensors, others, kinds): ([SourceTensor], [(name: String, kind: String)], [String]) = ([], [], [])
    var origins: [String: String] = [:]
    for file in files {
      let found: [SourceTensor]
      if try Self.isArchive(file) {
        let contents = try TorchFile(file)
        found = contents.tensors
        others += contents.others
        kinds += contents.kinds
      } else {
        found = try Self.safetensors(file)
      }
      for tensor in found {
        if let other = origins.updateValue(file.path, forKey: tensor.name) {
          let place = other == file.path ? "twice" : "here and in \(other)"
          throw Failure(.badData, path: file.path, "tensor '\(tensor.name)' occurs \(place)")
        }
      }
      tensors += found
    }
    guard !tensors.isEmpty else {
      let what = others.prefix(3).map { "'\($0.name)' (\($0.kind))" }.joined(separator: ", ")
      throw Failure(
        .badData, path: paths[0],
        what.isEmpty ? "holds no tensors" : "holds no tensors that are read, but \(what)"
      )
    }
    (self.others, self.kinds) = (others, kinds)
    self.paths = paths
    self.files = files
    self.tensors = tensors
  }

  /// The files that `path` stands for: itself, or those that an index names.
  private static func expand(_ path: String) throws -> [String] {
    guard Path.ends(path, in: ".json") else { return [path] }
    let json = try JSON(contentsOf: path)
    guard let map = json["weight_map"]?.object, map.count > 0 else {
      throw Failure(
        .badData, path: path, "is not the index of a model in several files",
        remedy: "give the .safetensors or .pth file itself")
    }
    var names: [String] = []
    for (key, value) in map.members {
      guard let name = value.string, !name.isEmpty, !name.contains("/") else {
        throw Failure(.badData, path: path, "names no file beside it for '\(key)'")
      }
      if !names.contains(name) { names.append(name) }
    }
    return names.map { Path.beside(path, $0) }
  }

  /// Whether `file` is a ZIP archive; files that are certainly neither that nor safetensors are refused.
  private static func isArchive(_ file: InputFile) throws -> Bool {
    let signature = FileSignature(try file.read(0..<min(file.count, FileSignature.length)))
    func refusal(_ remedy: String) -> Failure {
      Failure(.badData, path: file.path, signature.description ?? "is no checkpoint", remedy: remedy)
    }
    switch signature {
    case .zip: return true
    case .safetensors, .unknown: return false
    case .empty: throw refusal("obtain it again")
    case .pickle:
      throw Failure(
        .badData, path: file.path, "is in the format of torch.save before PyTorch 1.6",
        remedy: "load it with a current PyTorch and save it again: "
          + "torch.save(torch.load(PATH, map_location='cpu'), NEW)")
    case .lfsPointer: throw refusal("run git lfs pull")
    case .webPage:
      throw Failure(
        .badData, path: file.path, "is a web page, not a checkpoint",
        remedy: "the download went wrong; obtain it again")
    case .gzip, .bzip2: throw refusal("unpack it first")
    case .json, .png, .npy, .hdf5, .mrc: throw refusal("give a checkpoint: .pth or .safetensors")
    }
  }

  private static func safetensors(_ file: InputFile) throws -> [SourceTensor] {
    let contents = try SafetensorsFile(file.path)
    return contents.names.compactMap { name in
      contents.entry(name).map {
        SourceTensor(name: name, element: $0.element, shape: $0.shape, file: file, start: $0.bytes.lowerBound)
      }
    }
  }
}
