/// `rows` as lines whose cells stand below one another, each column as wide as its widest cell and `gap` blanks; no
/// blanks at the ends of lines. Rows may be of different lengths; no cell has line ends.
public func alignedTable(_ rows: [[String]], gap: Int = 2) -> String {
  let rows = rows.map { $0.map(\.printableLine) }
  let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = zip(row, widths).map { cell, width in cell.leftAligned(width + gap) }
    return cells.joined().trimmingEnd
  }.joined(separator: "\n")
}

extension String {
  /// With blanks after it up to `width` characters.
  public func leftAligned(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// With blanks before it up to `width` characters.
  public func rightAligned(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }

  /// Without blanks at its end.
  fileprivate var trimmingEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
