import Files
import NN

/// What may differ between two files.
package enum ComparisonTolerance {
  /// Every element: by `absolute + relative · |reference|`.
  case elements(relative: Double, absolute: Double)
  /// A whole tensor: its relative L2 error; of whole numbers the share `differing` of its elements.
  case relativeL2(Double, differing: Double)
}

/// The comparison of two safetensors files, tensor by tensor in the order in which networks compute.
package struct FileComparison {
  package let rows: [TensorComparison]
  package let tolerance: ComparisonTolerance

  /// - Throws: `Failure` if a file's tensors or its sampling cannot be read.
  package init(_ first: SafetensorsFile, _ second: SafetensorsFile, tolerance: ComparisonTolerance) throws {
    self.tolerance = tolerance
    let extra = second.names.filter { first.entry($0) == nil }
    let samplings = (try first.samplings(), try second.samplings())
    rows = try NetworkOrder.sorted(first.names + extra).map { name in
      try TensorComparison(name, (first, samplings.0), (second, samplings.1), tolerance: tolerance)
    }
  }

  package var failures: [TensorComparison] { rows.filter { !$0.passes } }

  /// The first tensor, in the network's order, that is not as in the reference.
  var firstFailure: TensorComparison? { rows.first { !$0.passes } }

  /// One line for each tensor, then the verdict.
  package var lines: [String] { rows.map(\.text) + verdict }

  var verdict: [String] {
    guard let firstFailure else { return ["all \(rows.count) tensors pass"] }
    return ["\(failures.count) of \(rows.count) tensors differ, \(firstFailure.name) first"]
  }

  package var json: JSON {
    var json = JSON.Object()
    json.append("tensors", .array(rows.map(\.json)))
    json.append("compared", .integer(rows.count))
    json.append("failed", .integer(failures.count))
    if let firstFailure { json.append("first_failed", .string(firstFailure.name)) }
    return .object(json)
  }

  /// A table with one row for all tensors whose names differ in numbers only: the largest errors among them, and where
  /// the largest relative one is.
  package var markdown: [String] {
    var groups: [(name: String, rows: [TensorComparison])] = []
    for row in rows {
      if let index = groups.firstIndex(where: { $0.name == row.family }) {
        groups[index].rows.append(row)
      } else {
        groups.append((row.family, [row]))
      }
    }
    // A block's output comes after its parts, as in the list of all tensors.
    let order = NetworkOrder.sorted(groups.map { $0.rows[0].name })
    let place = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
    groups.sort { place[$0.rows[0].name] ?? 0 < place[$1.rows[0].name] ?? 0 }
    let head = [
      "| tensor | how many | shape | relative L2 | at | largest absolute | |",
      "|---|---|---|---|---|---|---|",
    ]
    return head + groups.map { Self.markdownRow($0.name, $0.rows) } + [""] + verdict
  }

  private static func markdownRow(_ name: String, _ rows: [TensorComparison]) -> String {
    let worst = rows.max {
      ($0.difference?.relativeL2 ?? .infinity) < ($1.difference?.relativeL2 ?? .infinity)
    }
    let largest = rows.compactMap { $0.difference?.maximum }.max() ?? .infinity
    let passed = rows.allSatisfy(\.passes)
    let shape = rows.first?.shape.map { "\($0)" }.joined(separator: " x ") ?? ""
    let error = worst?.difference.map { scientific($0.relativeL2) } ?? "-"
    let at = rows.count > 1 ? "`\(worst?.name ?? "")`" : ""
    return "| `\(name)` | \(rows.count) | \(shape) | \(error) | \(at) | \(scientific(largest)) | "
      + "\(passed ? "pass" : "FAIL") |"
  }
}
