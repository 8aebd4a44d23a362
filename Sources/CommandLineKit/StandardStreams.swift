import Dispatch
import Files
import Platform

/// The three streams that a program begins with.
enum StandardStreams {
  /// Opens those that are closed, so that none of their numbers is given to the next file that is opened. Standard output
  /// is opened for reading: what is written there still fails.
  static func fill() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
      _ = open("/dev/null", stream == STDERR_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

/// Signals that stand for something that a file or disk did.
public enum Signals {
  private static let cut: StaticString =
    "cryosam: a file was cut by another program while it was read, or its disk failed; run the same command again\n"

  static func answer() {
    // A file that reaches the largest size that is allowed: the write then fails as on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    // A page of a mapped file that is no longer there. Only calls that are safe in a handler.
    signal(SIGBUS) { _ in
      _ = write(STDERR_FILENO, Signals.cut.utf8Start, Signals.cut.utf8CodeUnitCount)
      _exit(74)
    }
  }

  /// From here on Ctrl-C ends the program with exit code 130 and nothing half-written left behind, and says whether the
  /// same command goes on where this one stopped.
  public static func endCleanly(program: String = "cryosam", goingOn: Bool) {
    // One that was ignored when the program began (nohup, a shell's background) stays so.
    let before = signal(SIGINT, SIG_IGN)
    guard unsafeBitCast(before, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else { return }
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: DispatchQueue(label: "interrupt"))
    source.setEventHandler {
      AtomicFile.removePartialFiles()
      let rest = goingOn ? "the same command goes on where this one stopped" : "nothing was written"
      writeAll("\n\(program): interrupted; \(rest)\n", to: .standardError)
      _exit(130)
    }
    source.resume()
    interrupt = source
  }

  /// What waits for Ctrl-C, for as long as the program runs. Set once, before there are other threads.
  nonisolated(unsafe) private static var interrupt: (any DispatchSourceSignal)?
}
