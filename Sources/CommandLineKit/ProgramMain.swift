import ArgumentParser
import Files
import Platform
import SystemPackage

/// The entry of both programs: parses the command line, runs the command, turns errors into one line and an
/// exit code of `sysexits.h`.
public enum ProgramMain {
  /// Parses `arguments` (by default the process's own) as `Root` or one of its subcommands, runs it and exits.
  ///
  /// - Exit code 0: done, or `--help` or `--version`; a `Failure`'s own code; 64 for a bad command line; the
  ///   code of an `ExitCode` that the command throws, without a message; 70 for any other error.
  public static func run<Root: ParsableCommand>(_ root: Root.Type, arguments: [String]? = nil) -> Never {
    // A reader that goes away (`cryosam info x | head`) ends the program quietly.
    signal(SIGPIPE, SIG_DFL)
    StandardStreams.fill()
    Signals.answer()
    do {
      try checkArguments()
      var command = try Root.parseAsRoot(arguments)
      try command.run()
      exit(0)
    } catch {
      let end = ending(of: root, for: error, arguments: arguments ?? Array(CommandLine.arguments.dropFirst()))
      if !end.text.isEmpty {
        writeAll(end.text.printable + "\n", to: end.code == 0 ? .standardOutput : .standardError)
      }
      exit(end.code)
    }
  }

  /// The exit code for `error`, which `arguments` led to, and what is printed: on standard output if the code is 0, else
  /// on standard error. Addresses lose their secrets.
  package static func ending<Root: ParsableCommand>(
    of root: Root.Type, for error: any Error, arguments: [String] = []
  ) -> (code: Int32, text: String) {
    let name = Root._commandName
    if let failure = error as? Failure ?? (error as? any FailureConvertible)?.failure {
      return (failure.kind.rawValue, "\(name): \(Address.hidingSecrets(in: "\(failure)"))")
    }
    if let code = error as? ExitCode { return (code.rawValue, "") }
    let code = Root.exitCode(for: error)
    if code == .success { return (0, Root.fullMessage(for: error)) }
    guard code == .validationFailure else {
      return (Failure.Kind.internalError.rawValue, "\(name): unexpected error: \(oneLine("\(error)"))")
    }
    if let unknown = UnknownCommand(arguments, of: root) {
      let message = Address.hidingSecrets(in: oneLine(unknown.message))
      return (Failure.Kind.usage.rawValue, "\(name): \(message); see '\(unknown.path) --help'")
    }
    let message = Address.hidingSecrets(in: usageMessage(of: root, for: error))
    return (Failure.Kind.usage.rawValue, "\(name): \(message)")
  }

  /// What is wrong with the command line, and the `--help` to look at.
  private static func usageMessage<Root: ParsableCommand>(of root: Root.Type, for error: any Error) -> String
  {
    let message = oneLine(Root.message(for: error))
    let hint = Root.fullMessage(for: error).split(separator: "\n").last { $0.contains("--help'") }
    guard let hint, let start = hint.firstIndex(of: "'"), let end = hint.lastIndex(of: "'"), start < end
    else {
      return message
    }
    let ending = message.hasSuffix(".") ? String(message.dropLast()) : message
    return "\(ending); see \(hint[start...end])"
  }

  /// Lines joined by spaces, without empty ones and indentation.
  private static func oneLine(_ text: String) -> String {
    text.split { $0.isWhitespace }.joined(separator: " ")
  }
}

extension ProgramMain {
  /// Refuses arguments that are not UTF-8: they would be taken for other names.
  private static func checkArguments() throws {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
        continue
      }
      throw Failure(
        .usage, path: String(cString: argument), "this name is not in UTF-8, as names must be here",
        remedy: "rename the file, or make a link to it whose name is (ln -s)")
    }
  }
}

/// Writes all of `text`, whatever the size of the pipe; gives up silently when it cannot.
func writeAll(_ text: String, to descriptor: FileDescriptor) {
  _ = try? descriptor.writeAll(text.utf8)
}
