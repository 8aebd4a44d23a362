import Files
import NN

extension Conversion {
  /// Elements read, converted and written at a time.
  private static let chunk = 1 << 20

  /// Bytes that `write` reads: every input once for its hash, and the parameters.
  public var workload: Int {
    checkpoint.files.reduce(0) { $0 + $1.count }
      + parameters.reduce(0) { $0 + $1.sources.reduce(0) { $0 + $1.count * $1.element.bits / 8 } }
  }

  /// The configuration as it is stored with the weights.
  public func configurationText() throws -> String {
    switch model {
    case .dino(let configuration): try SafetensorsFile.configurationText(configuration)
    case .sam(let configuration): try SafetensorsFile.configurationText(configuration)
    }
  }

  /// Writes the weights to `path`, in official order. Memory stays at some megabytes.
  ///
  /// - Parameters:
  ///   - element: the type of storage; values are rounded to nearest even.
  ///   - tool: name and version of the program, for the file's metadata.
  ///   - source: for the file's metadata, what the checkpoint was called where it came from; if nil, as its file.
  ///   - progress: called with the bytes done since the last call, `workload` in all.
  /// - Throws: `Failure` if a value is not finite or does not stay so, and for everything that goes wrong with the
  ///   files.
  public func write(
    to path: String, as element: WeightElement = .f32, tool: String,
    source: (name: String, url: String)? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws {
    let hashes = try checkpoint.files.map { try $0.sha256(progress: progress) }
    var metadata = [
      SafetensorsFile.configurationKey: try configurationText(),
      "format": "pt",
      "cryosam.source": source?.name ?? checkpoint.paths.map(Path.name).joined(separator: "\n"),
      "cryosam.source_sha256": hashes.joined(separator: "\n"),
      "cryosam.tool": tool,
    ]
    metadata["cryosam.source_url"] = source?.url
    let writer = try SafetensorsWriter(
      path, parameters.map { .init($0.parameter.name, element.safetensors, $0.parameter.shape) },
      metadata: metadata)
    for (_, sources) in parameters {
      for source in sources {
        try source.forEachFiniteChunk(of: Self.chunk) { bytes, values in
          if source.element == element.safetensors {
            try writer.append(bytes)
          } else {
            let encoded = try encode(values, as: element, name: source.name, path: source.path)
            try encoded.withUnsafeBytes { try writer.append($0) }
          }
          progress(bytes.count)
        }
      }
    }
    try writer.finish()
  }

  /// Reads all parameters.
  ///
  /// - Throws: `Failure` that names the first that holds NaN or infinity.
  func checkValues() throws {
    for source in parameters.flatMap(\.sources) {
      try source.forEachFiniteChunk(of: Self.chunk) { _, _ in }
    }
  }

  /// Converts `inputs` to the weights file `output`: all of `convert-weights`.
  @discardableResult
  public static func convert(
    _ inputs: [String], to output: String, as element: WeightElement = .f32, heads: Int? = nil,
    tool: String = "cryosam"
  ) throws -> Conversion {
    let conversion = try Conversion(Checkpoint(inputs), heads: heads)
    try conversion.write(to: output, as: element, tool: tool)
    return conversion
  }
}
