import Files
import Platform
import SystemPackage

/// What a command prints as its result, on standard output.
public enum Output {
  /// Prints `text` and a line end.
  public static func line(_ text: String) {
    write(printable(text) + "\n")
  }

  /// Prints `value` as JSON over several lines.
  public static func json(_ value: JSON) {
    write(value.prettyText)
  }

  /// Prints a remark on standard error, unless `quiet`.
  public static func note(_ text: String, quiet: Bool = false) {
    if !quiet { writeAll(printable(text) + "\n", to: .standardError) }
  }

  /// `text` with a question mark for what would command a terminal: names in files may hold anything.
  package static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.contains(where: commands) else { return text }
    return String(String.UnicodeScalarView(scalars.map { commands($0) ? "?" : $0 }))
  }

  /// Whether a terminal would do something at `scalar` other than to show it: control characters but the line end and the
  /// tabulator, and those that turn the direction of writing.
  private static func commands(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 9, 10: false
    case 0..<32, 127..<160, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// Writes the result; if that cannot be, the command has failed.
  private static func write(_ text: String) {
    do { _ = try FileDescriptor.standardOutput.writeAll(text.utf8) } catch {
      let failure = Failure(.inputOutput, path: "standard output", "cannot write: \(error)")
      writeAll("cryosam: \(failure)\n", to: .standardError)
      exit(failure.kind.rawValue)
    }
  }
}
