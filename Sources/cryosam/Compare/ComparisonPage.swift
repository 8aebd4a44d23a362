import Files

/// A comparison as one self-contained page: how the error grows along the network, and every tensor.
struct ComparisonPage {
  private let comparison: FileComparison
  private let first: String
  private let second: String

  init(_ comparison: FileComparison, first: String, second: String) {
    (self.comparison, self.first, self.second) = (comparison, first, second)
  }

  var text: String {
    let rows = comparison.rows
    let failed = comparison.failures.count
    let verdict =
      comparison.firstFailure.map { failure in
        "<b>\(failed) of \(rows.count) tensors differ.</b> The first, in the network's order: "
          + "<code>\(Self.escaped(failure.name))</code>, which \(Self.escaped(failure.finding))."
      } ?? "<b>All \(rows.count) tensors pass.</b>"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Comparison of two traces</title>
      <style>\(Self.style)</style>
      </head>
      <body><main>
      <h1>\(Self.escaped(first)) and \(Self.escaped(second))</h1>
      <p class="lead\(failed > 0 ? " failed" : "")">\(verdict)</p>
      <section>
      <h2>Relative L2 error along the network</h2>
      \(GrowthChart(comparison).svg)
      <p class="legend"><span><i class="output"></i>block outputs and results</span><span><i></i>parts between them</span>\
      <span><i class="fail"></i>beyond tolerance</span>\(limitLegend)</p>
      </section>
      <section>
      <h2>Tensors</h2>
      <div class="scroll"><table>
      <tr><th></th><th>tensor</th><th>shape</th><th>relative L2</th><th>largest absolute</th><th>cosine</th><th>remark</th></tr>
      \(rows.map(Self.row).joined())</table></div>
      </section>
      </main></body>
      </html>

      """
  }

  private var limitLegend: String {
    guard case .relativeL2(let limit, _) = comparison.tolerance else { return "" }
    return "<span><i class=\"limit\"></i>tolerance \(scientific(limit))</span>"
  }

  private static func row(_ row: TensorComparison) -> String {
    let verdict = row.passes ? "<td>pass</td>" : "<td class=\"failed\">FAIL</td>"
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
    return "<tr>\(verdict)<td><code>\(escaped(row.name))</code></td><td>\(shape)</td>"
      + numbers.map { "<td>\($0)</td>" }.joined() + "<td>\(escaped(remark))</td></tr>\n"
  }

  static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
  }

  private static let style = """
    :root { --page: #fbfbfc; --card: #ffffff; --ink: #1d2330; --soft: #5b6475; --line: #dfe3ea; --grid: #e6e9ef;
      --band: #f3f5f9; --strong: #2457b8; --pale: #8fabdd; --bad: #c4321f; }
    @media (prefers-color-scheme: dark) {
      :root { --page: #14171c; --card: #1c2027; --ink: #e6e9ef; --soft: #9aa4b5; --line: #323843; --grid: #2b313b;
        --band: #21262e; --strong: #7fb0ff; --pale: #48669c; --bad: #ff7a66; }
    }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 60px; }
    h1 { font-size: 22px; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 17px; margin: 0 0 12px; }
    .lead { margin: 4px 0 22px; color: var(--soft); font-size: 16px; }
    .lead b { color: var(--ink); }
    .lead.failed b, td.failed { color: var(--bad); }
    section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
      margin: 0 0 18px; }
    svg { display: block; width: 100%; height: auto; }
    svg text { fill: var(--soft); font-size: 11px; }
    .band { fill: var(--band); }
    .grid { stroke: var(--grid); fill: none; }
    .limit { stroke: var(--bad); stroke-dasharray: 5 4; fill: none; }
    .line { stroke: var(--strong); stroke-width: 1.5; fill: none; }
    circle { fill: var(--pale); }
    circle.output { fill: var(--strong); }
    circle.fail { fill: var(--bad); }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 12px 0 0; color: var(--soft); font-size: 13px; }
    .legend span { display: inline-flex; align-items: center; gap: 6px; }
    .legend i { width: 9px; height: 9px; border-radius: 5px; background: var(--pale); }
    .legend i.output { background: var(--strong); }
    .legend i.fail { background: var(--bad); }
    .legend i.limit { width: 18px; height: 0; border-radius: 0; border-top: 1px dashed var(--bad); background: none; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
    th, td { text-align: left; vertical-align: top; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line);
      white-space: nowrap; }
    th { font-weight: 500; color: var(--soft); }
    code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 0.95em; }
    """
}
