import Files
import Platform

/// This program, run again: a process of its own for each case, so that memory is its own.
public enum ChildProcess {
  /// Runs this program with `arguments`, its output going where this process's goes, and waits for its end.
  ///
  /// - Returns: its exit code; 128 and the number for one that a signal ended, as in shells.
  /// - Throws: `Failure` if it cannot be started.
  public static func run(_ arguments: [String]) throws -> Int32 {
    let program = executable
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var child = pid_t()
    let code = posix_spawn(&child, program, nil, nil, words, environ)
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
