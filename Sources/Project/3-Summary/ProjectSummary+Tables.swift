import Files
import Points

/// `summary.star`, a row for each tomogram, and `picks.star`, all picks. They have no times: the same bytes whenever the
/// work is repeated.
extension ProjectSummary {
  var starText: String {
    var star = STARWriter(
      block: "tomograms",
      columns: [
        "rlnTomoName", "cryosamState", "cryosamPicks", "cryosamProposals", "cryosamMeanScore",
        "cryosamClasses",
        "cryosamFailure",
      ])
    for row in rows {
      let state = row.found != nil ? "done" : row.state == .missing ? "missing" : "failed"
      star.add(
        [
          state, "\(row.found?.picks.count ?? 0)", "\(row.found?.proposals ?? 0)",
          decimal(row.found?.meanScore ?? 0, places: 4), STARWriter.quoted(row.found?.kinds ?? ""),
          STARWriter.quoted(row.state == .missing ? "" : row.failure ?? ""),
        ], lead: STARWriter.quoted(row.name))
    }
    return star.file
  }

  /// The rows of all tables of picks below one another, each with its tomogram's name in the project. The columns are
  /// those of any of them; `0` stands where a table has none.
  var picksText: String {
    let tables = rows.compactMap { row in
      row.found.flatMap { found in
        found.table.blocks.first { $0.column("rlnCoordinateX") != nil }.map { (row.name, found.table, $0) }
      }
    }
    var columns: [String] = []
    for (_, _, block) in tables {
      columns += block.columns.filter { !columns.contains($0) }
    }
    var star = STARWriter(block: "particles", columns: ["rlnTomoName"] + columns)
    for (name, table, block) in tables {
      let places = columns.map { block.column($0) }
      for row in 0..<block.rowCount {
        star.add(
          places.map { $0.map { STARWriter.quoted(table.value(block, row: row, column: $0)) } ?? "0" },
          lead: STARWriter.quoted(name), width: 13)
      }
    }
    return star.file
  }
}
