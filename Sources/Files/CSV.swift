/// Comma-separated values (RFC 4180): the only place where they are written.
public enum CSV {
  /// `rows`, a line each. Cells with a comma, a quote or a line end stand in quotes.
  public static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func quoted(_ cell: String) -> String {
    cell.contains { $0 == "," || $0 == "\"" || $0.isNewline }
      ? "\"\(cell.replacing("\"", with: "\"\""))\"" : cell
  }
}
