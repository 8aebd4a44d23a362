import Files
import Platform

/// Another process: this program run again, so that memory is its own, or a program of the system.
public enum ChildProcess {
  /// Runs this program with `arguments` and waits for its end.
  ///
  /// - Parameter input: an open file that is its standard input; nil: this process's.
  /// - Parameter output: the file that gets all it prints; nil: that goes where this process's output goes.
  /// - Returns: its exit code; 128 and the number for one that a signal ended, as in shells.
  /// - Throws: `Failure` if it cannot be started.
  public static func run(
    _ arguments: [String], input: Int32? = nil, output: String? = nil
  ) throws -> Int32 {
    try run(executable, arguments, input: input, output: output, errors: output)
  }

  /// Runs the program `name`, which is looked for as shells do, and waits for its end.
  ///
  /// - Parameter output: the file that gets its standard output.
  /// - Throws: `Failure` if it cannot be started.
  public static func run(program name: String, _ arguments: [String], output: String) throws -> Int32 {
    try run(name, arguments, input: nil, output: output, errors: nil)
  }

  private static func run(
    _ program: String, _ arguments: [String], input: Int32?, output: String?, errors: String?
  ) throws -> Int32 {
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input { posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) }
    if let output {
      posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    }
    if errors != nil { posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO) }
    var child = pid_t()
    let code = posix_spawnp(&child, program, &actions, nil, words, environ)
    guard code == 0 else {
      throw Failure(.unavailable, path: program, "cannot be started: \(String(cString: strerror(code)))")
    }
    var status: Int32 = 0
    guard retryingInterrupts({ waitpid(child, &status, 0) }) == child else {
      throw Failure.system(.unavailable, program, "cannot wait for it")
    }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

  private static var executable: String {
    #if os(Linux)
      "/proc/self/exe"
    #else
      CommandLine.arguments[0]
    #endif
  }
}
