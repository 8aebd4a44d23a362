import Dispatch
import Files
import Platform

/// What else than Ctrl-C may end a program that a scheduler or another process has started.
public enum Termination {
  /// From here on SIGTERM calls `action`, on a thread of its own, in place of ending the program.
  public static func call(_ action: @escaping @Sendable () -> Void) {
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(
      signal: SIGTERM, queue: DispatchQueue(label: "termination"))
    source.setEventHandler(handler: action)
    source.resume()
    sources.append(source)
  }

  /// From here on the program ends when its standard input does: when the process at the other end is gone, however it
  /// went.
  public static func followStandardInput() {
    let source = DispatchSource.makeReadSource(
      fileDescriptor: STDIN_FILENO, queue: DispatchQueue(label: "standard input"))
    source.setEventHandler {
      var byte: UInt8 = 0
      if read(STDIN_FILENO, &byte, 1) < 1 { end(130) }
    }
    source.resume()
    sources.append(source)
  }

  /// Ends the program with nothing half-written left behind.
  public static func end(_ code: Int32) -> Never {
    AtomicFile.removePartialFiles()
    _exit(code)
  }

  /// What waits, for as long as the program runs. Set before there are other threads.
  nonisolated(unsafe) private static var sources: [any DispatchSourceProtocol] = []
}
