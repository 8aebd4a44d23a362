import Files

extension PointTable.Entry {
  /// What the table calls its kind: a name, or else a number.
  public var className: String? {
    classes.first { !$0.isEmpty && Double($0) == nil } ?? classes.first { !$0.isEmpty }
  }
}

extension PointTable {
  /// The points of the kind `name` alone.
  ///
  /// - Throws: `Failure` when the table names no kinds, or not this one.
  public func ofClass(_ name: String) throws -> PointTable {
    let kept = entries.filter { $0.classes.contains(name) }
    guard kept.isEmpty else {
      var table = self
      table.entries = kept
      return table
    }
    var seen = Set<String>()
    let named = entries.flatMap(\.classes).filter { seen.insert($0).inserted }
    guard !named.isEmpty else {
      throw Failure(
        .badData, path: path, "has no column that tells particles of the class '\(name)' from others",
        remedy: "give a table with _rlnClassNumber or a column of species, or only particles of this class")
    }
    let shown = named.prefix(12).joined(separator: ", ") + (named.count > 12 ? ", ..." : "")
    throw Failure(.badData, path: path, "names no class '\(name)'", remedy: "it has \(shown)")
  }

  /// The names of the kinds of its points, each once, in order of appearance: of the columns that tell of kinds the
  /// first that has a name, else a number.
  public var classNames: [String] {
    var seen = Set<String>()
    return entries.compactMap(\.className).filter { seen.insert($0).inserted }
  }

  /// The labels that the rows have in a label volume: those of the table's own column, or, if it has none and
  /// `countingRows`, the rows' numbers from 1. Nil if neither.
  ///
  /// - Parameter name: the class of the rows that count; nil: all.
  /// - Throws: `Failure` if there is no such class, or none of its rows has a label.
  public func labels(ofClass name: String?, countingRows: Bool) throws -> Set<Int>? {
    if let name { _ = try ofClass(name) }
    let rows = entries.enumerated().filter { row in name.map { row.element.classes.contains($0) } ?? true }
    guard entries.contains(where: { $0.label != nil }) else {
      return countingRows ? Set(rows.map { $0.offset + 1 }) : nil
    }
    let labels = Set(rows.compactMap(\.element.label)).subtracting([0])
    guard !labels.isEmpty else {
      throw Failure(
        .badData, path: path, "none of its \(rows.count) particles has a label in the volume of instances",
        remedy: "evaluate the picks alone, or give another class")
    }
    return labels
  }
}
