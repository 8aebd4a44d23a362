import Files

/// A STAR file of one block with one loop, as RELION 3.1 and later read it: the only place where STAR is written.
public struct STARWriter: Sendable {
  /// The file so far.
  public private(set) var text: String

  /// Begins the loop of block `data_BLOCK`.
  ///
  /// - Parameter columns: the columns' names, without the underscore.
  public init(block: String, columns: [String]) {
    text = "\n# version 30001\n\ndata_\(block)\n\nloop_\n"
    for (index, column) in columns.enumerated() { text += "_\(column) #\(index + 1)\n" }
  }

  /// Adds a row. Cells are set flush right in columns, after a `lead` that is not.
  public mutating func add(_ cells: [String], lead: String = "", width: Int = 12) {
    text += lead + cells.map { String(repeating: " ", count: max(1, width - $0.count)) + $0 }.joined() + "\n"
  }

  /// The whole file, with the blank line that ends a loop.
  public var file: String { text + "\n" }

  /// A value; one with blanks stands in quotes. Line ends and double quotes cannot be written.
  public static func quoted(_ name: String) -> String {
    let plain = String(name.map { $0.isNewline || $0 == "\"" ? "_" : $0 })
    let needed =
      plain.isEmpty || plain.contains { $0.isWhitespace } || ["#", "_", "'", ";"].contains(plain.first)
    return needed ? "\"\(plain)\"" : plain
  }
}
