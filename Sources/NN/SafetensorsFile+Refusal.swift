import Files

extension SafetensorsFile {
  /// `failure`, or, if the file at `path` with these first bytes is plainly something else, what that is and what to
  /// do with it.
  static func refusal(_ failure: Failure, _ path: String, start: UnsafeRawBufferPointer) -> Failure {
    let signature = FileSignature(start.prefix(FileSignature.length))
    guard let what = signature.description else { return failure }
    switch signature {
    case .safetensors, .empty, .unknown: return failure
    case .zip(ofTorch: true), .pickle:
      return Failure(
        .badData, path: path, "\(what), not a converted weights file", remedy: "run: \(conversion(of: path))")
    case .json where Path.ends(path, in: ".index.json"):
      return Failure(
        .badData, path: path, "is the index of a model in several files, not a converted weights file",
        remedy: "run: \(conversion(of: path))")
    default:
      return Failure(.badData, path: path, "\(what), not a safetensors file", remedy: "give another file")
    }
  }

  /// `convert-weights sam.pth -o sam.safetensors`, as it is typed.
  static func conversion(of path: String) -> String {
    let stem = Path.beside(
      path,
      Path.stem(
        path, without: [".index.json", ".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pkl", ".tar"]))
    let target = "\(stem).safetensors" == path ? "\(stem)-converted.safetensors" : "\(stem).safetensors"
    return "convert-weights \(typed(path)) -o \(typed(target))"
  }

  /// A path as a shell takes it.
  private static func typed(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy {
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "-")...UInt8(ascii: "9") ~= $0
        || $0 == UInt8(ascii: "_") || $0 >= 0x80
    }
    return isPlain
      ? path : "'\(path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
  }
}
