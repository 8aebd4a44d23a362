import DINOv2
import Files
import SAM

/// A checkpoint read as one of the models that the program knows: its configuration, and where each of its
/// parameters comes from. Everything has been checked by name and shape; the data is not read yet.
public struct Conversion: Sendable {
  public enum Model: Sendable, Equatable {
    case dino(DINOConfiguration)
    case sam(SAMConfiguration)
  }

  public let model: Model
  /// Things that the user should know: a prefix that was removed, tensors that were not taken.
  public let notes: [String]
  public let checkpoint: Checkpoint
  /// The model's parameters in official order, each with the tensors that make it up along its first axis.
  package let parameters: [(parameter: Parameter, sources: [SourceTensor])]

  /// - Parameters:
  ///   - heads: heads of a DINO encoder of an unpublished width.
  ///   - inputSide: side of the input that a DINO encoder is meant for, if not the usual one.
  ///   - prefix: what the names of the model's tensors begin with; nil for the only model.
  /// - Throws: `Failure` that names what is missing, unexpected or misshapen, or the other model that it is.
  public init(
    _ checkpoint: Checkpoint, heads: Int? = nil, inputSide: Int? = nil, prefix: String? = nil
  ) throws {
    do {
      try self.init(reading: checkpoint, heads: heads, inputSide: inputSide, wanted: prefix)
    } catch let failure as Failure where failure.kind == .badData {
      let path = checkpoint.paths[0]
      var tensors = checkpoint.tensors.map(\.unwrapped)
      // What stands beside a Segment Anything model says nothing of it.
      let detected = try? Naming.detect(tensors.map(\.name), wanted: prefix, path: path)
      if let (naming, prefix, _) = detected, naming.isClosed {
        tensors = tensors.filter { !Assignment.isBeside($0, naming, prefix) }
      }
      throw NeighbouringModel.refusal(tensors.map(\.name), path: path) ?? failure
    }
  }

  private init(reading checkpoint: Checkpoint, heads: Int?, inputSide: Int?, wanted: String?) throws {
    let path = checkpoint.paths[0]
    let tensors = checkpoint.tensors.map(\.unwrapped)
    let (naming, prefix, note) = try Naming.detect(
      tensors.map(\.name), wanted: wanted.map(SourceTensor.unwrapped), path: path)
    let assignment = try Assignment(tensors, naming: naming, prefix: prefix, path: path)
    let table = ShapeTable(shapes: try assignment.shapes(), path: path)
    let expected: [Parameter]
    switch naming {
    case .officialDINO, .transformersDINO:
      var configuration = try DINOConfiguration(inferredFrom: table, heads: heads)
      guard configuration.isWhole(inputSide) else {
        throw Failure(
          .usage, path: path,
          "has patches of \(configuration.patchSize) pixels, which do not divide the input size",
          remedy: "give --input-size a multiple of \(configuration.patchSize), at most 4096")
      }
      configuration.inputSide = inputSide
      model = .dino(configuration)
      expected = configuration.parameters
    case .officialSAM, .transformersSAM:
      guard heads == nil, inputSide == nil else {
        throw Failure(
          .usage, path: path, "is a Segment Anything model, whose shapes tell heads and input size",
          remedy: "leave --heads and --input-size out")
      }
      var configuration = try SAMConfiguration(inferredFrom: table)
      try configuration.takeNormalisation(from: tensors, prefix: prefix)
      model = .sam(configuration)
      let lengths = (0..<configuration.depth).map {
        table.shapes["image_encoder.blocks.\($0).attn.rel_pos_h"]?.first ?? 0
      }
      expected = configuration.parameters(tableLengths: lengths)
    }
    try Self.check(table, against: expected, unread: checkpoint.others)
    parameters = expected.map { ($0, assignment.sources[$0.name] ?? []) }
    notes = assignment.notes + [note].compactMap { $0 } + Self.remark(on: checkpoint.kinds)
    self.checkpoint = checkpoint
    try checkSize()
  }

  /// What is said of all that a pickle would have made beside containers and tensors.
  private static func remark(on kinds: [String]) -> [String] {
    guard !kinds.isEmpty else { return [] }
    let more = kinds.count > 5 ? " and \(kinds.count - 5) more" : ""
    return ["left alone, nothing of it was executed: \(kinds.prefix(5).joined(separator: ", "))\(more)"]
  }

  /// Refuses parameters that are more than the files hold: tensors can share their elements, so that a small file
  /// claims to be a large model.
  private func checkSize() throws {
    let taken = parameters.reduce(0.0) { sum, entry in
      entry.sources.reduce(sum) { $0 + Double($1.count) * Double($1.element.bits / 8) }
    }
    let held = checkpoint.files.reduce(0) { $0 + $1.count }
    guard taken <= Double(held) else {
      throw Failure(
        .badData, path: checkpoint.paths[0],
        "has parameters of \(decimal(taken, places: 0)) bytes in \(held) bytes: they share their elements",
        remedy: "no published model does; obtain it again")
    }
  }

  /// Elements in all parameters.
  public var elementCount: Int {
    parameters.reduce(0) { $0 + $1.parameter.shape.reduce(1, *) }
  }

  /// Refuses what is missing, unexpected or misshapen, by name.
  private static func check(
    _ table: ShapeTable, against expected: [Parameter], unread: [(name: String, kind: String)]
  ) throws {
    let names = Set(expected.map(\.name))
    let missing = expected.filter { !table.has($0.name) }.map { "'\($0.name)' \($0.shape)" }
    let unexpected = table.shapes.keys.filter { !names.contains($0) }.sorted().map { "'\($0)'" }
    let misshapen = expected.compactMap { parameter -> String? in
      guard let shape = table.shapes[parameter.name], shape != parameter.shape else { return nil }
      return "'\(parameter.name)' \(shape), expected \(parameter.shape)"
    }
    var faults: [String] = []
    for (what, list) in [("lacks", missing), ("has unexpected", unexpected), ("has misshapen", misshapen)] {
      guard !list.isEmpty else { continue }
      let more = list.count > 3 ? " and \(list.count - 3) more" : ""
      faults.append("\(what) \(list.prefix(3).joined(separator: ", "))\(more)")
    }
    guard faults.isEmpty else {
      let lost = expected.filter { !table.has($0.name) }
      let kind = unread.first { other in lost.contains { other.name.hasSuffix($0.name) } }
        .map { "'\($0.name)' is a \($0.kind), which is not read" }
      throw table.refusal(faults.joined(separator: "; "), remedy: kind)
    }
  }
}

extension SAMConfiguration {
  /// Mean and deviation of the input's channels, if the checkpoint has its own.
  fileprivate mutating func takeNormalisation(from tensors: [SourceTensor], prefix: String) throws {
    for tensor in tensors where tensor.name == prefix + "pixel_mean" || tensor.name == prefix + "pixel_std" {
      guard tensor.count == 3 else {
        throw Failure(
          .badData, path: tensor.path, "tensor '\(tensor.name)' has shape \(tensor.shape), expected 3 values")
      }
      let values = try tensor.floats()
      guard values.allSatisfy(\.isFinite), tensor.name.hasSuffix("mean") || values.allSatisfy({ $0 > 0 })
      else {
        throw Failure(.badData, path: tensor.path, "tensor '\(tensor.name)' holds \(values)")
      }
      if tensor.name.hasSuffix("mean") { pixelMean = values } else { pixelDeviation = values }
    }
  }
}

extension Conversion {
  /// The model in one line: kind, sizes, number of parameters.
  public var summary: String {
    let millions = (elementCount + 50_000) / 100_000
    let count = "\(millions / 10).\(millions % 10) million parameters"
    switch model {
    case .dino(let sizes):
      let name = sizes.family == .dinov2 ? "DINOv2" : "DINO"
      let registers = sizes.registers > 0 ? ", \(sizes.registers) registers" : ""
      return "\(name), patch \(sizes.patchSize), width \(sizes.width), \(sizes.depth) blocks, "
        + "\(sizes.heads) heads\(registers), \(count)"
    case .sam(let sizes):
      let global = sizes.windows.indices.filter { sizes.windows[$0] == 0 }.map(String.init)
      let window = sizes.windows.max() ?? 0
      return "Segment Anything, input \(sizes.imageSize), patch \(sizes.patchSize), width \(sizes.width), "
        + "\(sizes.depth) blocks, \(sizes.heads) heads, window \(window), "
        + "global blocks \(global.isEmpty ? "none" : global.joined(separator: " ")), \(count)"
    }
  }
}
