import Files

/// What a command prints as its result, on standard output.
public enum Output {
  /// Prints `text` and a line end.
  public static func line(_ text: String) {
    writeAll(text + "\n", to: .standardOutput)
  }

  /// Prints `value` as JSON over several lines.
  public static func json(_ value: JSON) {
    writeAll(value.prettyText, to: .standardOutput)
  }

  /// Prints a remark on standard error, unless `quiet`.
  public static func note(_ text: String, quiet: Bool = false) {
    if !quiet { writeAll(text + "\n", to: .standardError) }
  }
}
