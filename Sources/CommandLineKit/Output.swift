import Files
import Platform
import SystemPackage

/// What a command prints as its result, on standard output.
public enum Output {
  /// Prints `text` and a line end.
  public static func line(_ text: String) {
    write(text.printable + "\n")
  }

  /// Prints `value` as JSON over several lines.
  public static func json(_ value: JSON) {
    write(value.prettyText)
  }

  /// Prints a remark on standard error, on one line, unless `quiet`.
  public static func note(_ text: String, quiet: Bool = false) {
    if !quiet { writeAll(Address.hidingSecrets(in: text).printableLine + "\n", to: .standardError) }
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
