import Files
import NN

/// The tensors of one or more checkpoint files: `torch.save` archives, safetensors, or the index of a model in
/// several files.
public struct Checkpoint: Sendable {
  /// The files that were read, in the order given, an index replaced by the files that it names.
  public let paths: [String]
  let files: [InputFile]
  package let tensors: [SourceTensor]

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
    var tensors: [SourceTensor] = []
    var origins: [String: String] = [:]
    for file in files {
      let found = try Self.isArchive(file) ? TorchFile.tensors(file) : Self.safetensors(file)
      for tensor in found {
        if let other = origins.updateValue(file.path, forKey: tensor.name) {
          let place = other == file.path ? "twice" : "here and in \(other)"
          throw Failure(.badData, path: file.path, "tensor '\(tensor.name)' occurs \(place)")
        }
      }
      tensors += found
    }
    guard !tensors.isEmpty else { throw Failure(.badData, path: paths[0], "holds no tensors") }
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
    let start = try file.read(0..<min(file.count, 16))
    guard !start.isEmpty else {
      throw Failure(.badData, path: file.path, "is empty", remedy: "obtain it again")
    }
    if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) || start.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
      return true
    }
    if start[0] == 0x80, start.count > 2, 2...5 ~= start[1], start.count < 9 || start[8] != UInt8(ascii: "{")
    {
      throw Failure(
        .badData, path: file.path, "is in the format of torch.save before PyTorch 1.6",
        remedy: "load it with a current PyTorch and save it again: "
          + "torch.save(torch.load(PATH, map_location='cpu'), NEW)")
    }
    if start.starts(with: Array("version https:/".utf8)) {
      throw Failure(
        .badData, path: file.path, "is a Git LFS pointer, not the file itself", remedy: "run git lfs pull")
    }
    if start[0] == UInt8(ascii: "<") {
      throw Failure(
        .badData, path: file.path, "is a web page, not a checkpoint",
        remedy: "the download went wrong; obtain it again")
    }
    return false
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
