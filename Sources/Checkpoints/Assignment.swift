import Files

/// Which tensors of a checkpoint make up which parameter, by their names alone.
struct Assignment {
  /// For each official name its tensors, in order along the first axis.
  private(set) var sources: [String: [SourceTensor]] = [:]
  private(set) var notes: [String] = []
  private let path: String

  /// Tensors beside the model, under other prefixes and in other dictionaries, are not taken.
  ///
  /// - Throws: `Failure` for names of the model that are unknown, or that claim one parameter twice.
  init(_ tensors: [SourceTensor], naming: Naming, prefix: String, path: String) throws {
    self.path = path
    let iouHead = "\(prefix)mask_decoder.iou_prediction_head.layers."
    let iouHeadLayers = Set(
      tensors.map(\.name).filter { $0.hasPrefix(iouHead) }
        .compactMap { Int($0.dropFirst(iouHead.count).prefix { $0 != "." }) }
    ).count
    var parts: [String: [Int: SourceTensor]] = [:]
    var counts: [String: Int] = [:]
    var unused: [String: [String]] = [:]
    var unknown: [String] = []
    for tensor in tensors {
      var destination: Destination?
      if Self.isBeside(tensor, naming, prefix) {
        destination = .unused(prefix.isEmpty ? "no part of the model" : "not under '\(prefix)'")
      } else {
        let name = String(tensor.name.dropFirst(prefix.count))
        destination =
          switch naming {
          case .officialSAM: SAMNames.official(name)
          case .transformersSAM: SAMNames.transformers(name, iouHeadLayers: iouHeadLayers)
          case .officialDINO: DINONames.official(name)
          case .transformersDINO: DINONames.transformers(name)
          }
      }
      switch destination {
      case .parameter(let name):
        try Self.claim(name, 0, of: 1, tensor, &parts, &counts, path)
      case .part(let name, let index, let count):
        try Self.claim(name, index, of: count, tensor, &parts, &counts, path)
      case .unused(let reason): unused[reason, default: []].append(tensor.name)
      case nil: unknown.append(tensor.name)
      }
    }
    guard unknown.isEmpty else {
      let list = unknown.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      let more = unknown.count > 3 ? " and \(unknown.count - 3) more" : ""
      throw Failure(
        .badData, path: path, "has unexpected \(list)\(more) (read as: \(naming.description))",
        remedy: "give the state dict of the model alone")
    }
    for (name, found) in parts {
      let ordered = (0..<(counts[name] ?? 0)).compactMap { found[$0] }
      guard ordered.count == counts[name] else {
        let has = found.keys.sorted().compactMap { found[$0]?.name }.joined(separator: "', '")
        throw Failure(
          .badData, path: path, "has '\(has)', but not the others that make up '\(name)'",
          remedy: "give the complete state dict of one model")
      }
      sources[name] = ordered
    }
    if !prefix.isEmpty { notes.append("the prefix '\(prefix)' was removed from the names") }
    for (reason, names) in unused.sorted(by: { $0.key < $1.key }) {
      let list =
        names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
      notes.append("not taken: \(list) (\(reason))")
    }
  }

  /// The shape of each parameter that the tensors make up.
  ///
  /// - Throws: `Failure` for parts that do not fit together.
  func shapes() throws -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for (name, tensors) in sources {
      let first = tensors[0].shape
      guard tensors.allSatisfy({ $0.shape == first }), tensors.count == 1 || !first.isEmpty else {
        let list = tensors.map { "'\($0.name)' \($0.shape)" }.joined(separator: ", ")
        throw Failure(
          .badData, path: path, "has parts of '\(name)' with different shapes: \(list)",
          remedy: "give the complete state dict of one model")
      }
      let rows = first.first.map { $0.multipliedReportingOverflow(by: tensors.count).partialValue }
      shapes[name] = tensors.count == 1 ? first : [rows ?? 0] + first.dropFirst()
    }
    return shapes
  }

  /// Whether `tensor` is no part of the model under `prefix`: an optimizer's state, another model.
  static func isBeside(_ tensor: SourceTensor, _ naming: Naming, _ prefix: String) -> Bool {
    guard tensor.name.hasPrefix(prefix) else { return true }
    let module = tensor.name.dropFirst(prefix.count).prefix { $0 != "." }
    guard !naming.modules.contains(String(module)) else { return false }
    return naming.isClosed || tensor.folder.count > prefix.count
  }

  private static func claim(
    _ name: String, _ index: Int, of count: Int, _ tensor: SourceTensor,
    _ parts: inout [String: [Int: SourceTensor]], _ counts: inout [String: Int], _ path: String
  ) throws {
    if let other = parts[name]?[index]
      ?? (counts[name] != nil && counts[name] != count ? parts[name]?.first?.value : nil)
    {
      throw Failure(
        .badData, path: path, "has both '\(other.name)' and '\(tensor.name)', which are one parameter",
        remedy: "give the state dict of one model")
    }
    parts[name, default: [:]][index] = tensor
    counts[name] = count
  }
}
