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

  /// A whole file of one block with single values.
  public static func values(block: String, _ values: [(name: String, value: String)]) -> String {
    "\n# version 30001\n\ndata_\(block)\n\n"
      + values.map { "_\($0.name)  \(quoted($0.value))\n" }.joined() + "\n"
  }

  /// Adds a row. Cells are set flush right in columns, after a `lead` that is not.
  public mutating func add(_ cells: [String], lead: String = "", width: Int = 12) {
    text += lead + cells.map { String(repeating: " ", count: max(1, width - $0.count)) + $0 }.joined() + "\n"
  }

  /// The whole file, with the blank line that ends a loop.
  public var file: String { text + "\n" }

  /// A value, in quotes if it has blanks or could be taken for a word of the format. What cannot be written becomes `_`.
  public static func quoted(_ name: String) -> String {
    let plain = String(name.map { canHold($0) ? $0 : "_" })
    let lowered = plain.lowercased()
    let needed =
      plain.isEmpty || plain.contains { $0.isWhitespace || $0 == "#" }
      || ["_", "'", ";"].contains(plain.first)
      || ["data_", "loop_", "save_", "stop_", "global_"].contains(where: lowered.hasPrefix)
    return needed ? "\"\(plain)\"" : plain
  }

  /// Whether a value may have `character`: no control characters, line ends and double quotes.
  static func canHold(_ character: Character) -> Bool {
    character != "\"" && !character.isNewline
      && character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}
