import ArgumentParser
import CommandLineKit
import Files
import NN

/// `cryosam compare`: two safetensors files, tensor by tensor.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two safetensors files, tensor by tensor.",
    discussion: """
      A tensor passes if every element of the second differs from the first by at most atol + rtol x |first|.
      Exit code 0: all pass; 1: some tensor differs or is in one file only.

      EXAMPLES
        cryosam compare official.safetensors ours.safetensors --atol 1e-4
        cryosam compare a.safetensors b.safetensors --rtol 0 --atol 0
      """)

  /// The exit code for files that differ, as of diff(1).
  static let differs = ExitCode(1)

  @Argument(help: "The reference.")
  var first: String

  @Argument(help: "What is compared with it.")
  var second: String

  @Option(help: ArgumentHelp("Relative tolerance.", valueName: "r"))
  var rtol = 1e-5

  @Option(help: ArgumentHelp("Absolute tolerance.", valueName: "a"))
  var atol = 1e-5

  @OptionGroup var output: JSONOption

  func validate() throws {
    for (name, value) in [("rtol", rtol), ("atol", atol)] where !(value >= 0 && value.isFinite) {
      throw ValidationError("The value '\(value)' is invalid for '--\(name)': it must not be negative")
    }
  }

  func run() throws {
    let reference = try SafetensorsFile(first)
    let other = try SafetensorsFile(second)
    let extra = other.names.filter { reference.entry($0) == nil }
    var rows: [(name: String, outcome: TensorComparison.Outcome)] = []
    for name in reference.names {
      rows.append((name, try TensorComparison.compare(name, reference, other, rtol: rtol, atol: atol)))
    }
    rows += extra.map { ($0, .missing("the first file")) }
    let failed = rows.filter { !$0.outcome.passes }.count
    if output.json {
      Output.json([
        "tensors": .array(rows.map { $0.outcome.json(name: $0.name) }), "compared": .integer(rows.count),
        "failed": .integer(failed),
      ])
    } else {
      for row in rows { Output.line(row.outcome.text(name: row.name)) }
      Output.line(
        failed == 0 ? "all \(rows.count) tensors pass" : "\(failed) of \(rows.count) tensors differ")
    }
    if failed > 0 { throw Self.differs }
  }
}

/// The comparison of one tensor of two files.
struct TensorComparison {
  enum Outcome {
    /// In one file only: the other one is named.
    case missing(String)
    case shapes([Int], [Int])
    case values(shape: [Int], difference: TensorDifference, passes: Bool)

    var passes: Bool { if case .values(_, _, let passes) = self { passes } else { false } }

    func text(name: String) -> String {
      let verdict = passes ? "pass" : "FAIL"
      switch self {
      case .missing(let file): return "\(verdict)  \(name)  is not in \(file)"
      case .shapes(let first, let second): return "\(verdict)  \(name)  has shape \(first), then \(second)"
      case .values(let shape, let difference, _):
        return
          "\(verdict)  \(name)  \(shape)  max abs \(Float(difference.maximum)) at \(difference.position)  "
          + "rel L2 \(Float(difference.relativeL2))  cosine \(decimal(difference.cosine, places: 9))"
      }
    }

    func json(name: String) -> JSON {
      switch self {
      case .missing(let file): return ["name": .string(name), "pass": false, "missing_in": .string(file)]
      case .shapes(let first, let second):
        return [
          "name": .string(name), "pass": false, "shape": .array(first.map { .integer($0) }),
          "other_shape": .array(second.map { .integer($0) }),
        ]
      case .values(let shape, let difference, let passes):
        return [
          "name": .string(name), "pass": .bool(passes), "shape": .array(shape.map { .integer($0) }),
          "max_abs": .number(difference.maximum), "max_abs_at": .integer(difference.position),
          "relative_l2": .number(difference.relativeL2), "cosine": .number(difference.cosine),
        ]
      }
    }
  }

  /// Compares tensor `name` of `second` with that of `first`.
  static func compare(
    _ name: String, _ first: SafetensorsFile, _ second: SafetensorsFile, rtol: Double, atol: Double
  ) throws -> Outcome {
    guard let one = first.entry(name), let two = second.entry(name) else {
      return .missing("the second file")
    }
    guard one.shape == two.shape else { return .shapes(one.shape, two.shape) }
    let difference = TensorDifference(
      try first.floats(name), try second.floats(name), rtol: rtol, atol: atol)
    return .values(shape: one.shape, difference: difference, passes: difference.outside == 0)
  }
}
