import Files
import Markup

/// A comparison as one self-contained page: how the error grows along the network, and every tensor.
package struct ComparisonPage {
  private let comparison: FileComparison
  private let first: String
  private let second: String

  package init(_ comparison: FileComparison, first: String, second: String) {
    (self.comparison, self.first, self.second) = (comparison, first, second)
  }

  package var text: String {
    Page(
      "Comparison of two traces", style: [.comparison], layout: .compact, heading: "\(first) and \(second)",
      lead: verdict, isFailure: !comparison.failures.isEmpty
    ) {
      HTML.section("Relative L2 error along the network") {
        GrowthChart(comparison).svg.line
        HTML.legend {
          HTML.key("output", "block outputs and results")
          HTML.key(nil, "parts between them")
          HTML.key("fail", "beyond tolerance")
          if case .relativeL2(let limit, _) = comparison.tolerance {
            HTML.key("limit", "tolerance \(scientific(limit))")
          }
        }
      }
      HTML.section("Tensors") { HTML.table([Self.head] + comparison.rows.map(Self.row)) }
    }.text
  }

  @FragmentBuilder private var verdict: Fragment {
    let (failed, count) = (comparison.failures.count, comparison.rows.count)
    if let failure = comparison.firstFailure {
      element("b") { "\(failed) of \(count) tensors differ." }
      " The first, in the network's order: "
      element("code") { failure.name }
      ", which \(failure.finding)."
    } else {
      element("b") { "All \(count) tensors pass." }
    }
  }

  private static let head = element("tr") {
    for title in ["", "tensor", "shape", "relative L2", "largest absolute", "cosine", "remark"] {
      element("th") { title }
    }
  }

  private static func row(_ row: TensorComparison) -> Fragment {
    var shape = row.shape.map { "\($0)" }.joined(separator: " × ")
    var numbers = ["", "", ""]
    var remark = ""
    if case .values(let sampling, let difference, let parting) = row.outcome {
      if sampling.stride > 1 { shape += ", every \(sampling.stride)th" }
      numbers = [
        scientific(difference.relativeL2), scientific(difference.maximum),
        decimal(difference.cosine, places: 9),
      ]
      remark = parting.map { "parts at \(TensorComparison.text(sampling.place($0)))" } ?? ""
    } else {
      remark = row.finding
    }
    return element("tr") {
      element("td", ["class": row.passes ? nil : "failed"]) { row.passes ? "pass" : "FAIL" }
      element("td") { element("code") { row.name } }
      for cell in [shape] + numbers + [remark] { element("td") { cell } }
    }
  }
}
