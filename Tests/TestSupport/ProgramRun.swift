import Foundation

/// One run of a program: what it printed and how it ended.
public struct ProgramRun: Sendable {
  /// The exit code; negative: the number of the signal that ended it.
  public let code: Int32
  public let output: String
  public let error: String

  /// Runs `program` (as built beside the tests) with `arguments` and waits for its end.
  ///
  /// - Parameters:
  ///   - environment: variables that it gets besides the tests' own.
  ///   - killedAfter: seconds after which it is killed, if it is still running.
  ///   - killedWhen: it is killed as soon as this is true, looked at every few milliseconds.
  ///   - signal: what it is killed with.
  ///   - family: whether the processes that it started are killed with it.
  ///   - shell: what a shell does before it becomes the program: limits, traps.
  public init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], killedAfter: Double? = nil,
    killedWhen: (() -> Bool)? = nil, signal: Int32 = SIGKILL, family: Bool = false, shell: String? = nil
  ) throws {
    self = try TestData.withFolder { folder in
      let process = Process()
      let path = TestData.program(program)
      process.executableURL = URL(filePath: shell == nil ? path : "/bin/sh")
      process.arguments = (shell.map { ["-c", "\($0); exec \"$0\" \"$@\"", path] } ?? []) + arguments
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      // Files, not pipes: a program that prints much never waits for a reader.
      let paths = ["\(folder)/output", "\(folder)/error"]
      for path in paths { try TestData.write([], to: path) }
      let files = try paths.map { try FileHandle(forWritingTo: URL(filePath: $0)) }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = files[0]
      process.standardError = files[1]
      try process.run()
      // It leads a group of its own, which is that of what it starts.
      func end() { kill(family ? -process.processIdentifier : process.processIdentifier, signal) }
      if let killedAfter {
        Thread.sleep(forTimeInterval: killedAfter)
        if process.isRunning { end() }
      }
      while let killedWhen, process.isRunning {
        if killedWhen() { end() }
        Thread.sleep(forTimeInterval: 0.005)
      }
      process.waitUntilExit()
      let texts = try paths.map { String(decoding: try TestData.bytes($0), as: UTF8.self) }
      let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
      return ProgramRun(code: code, output: texts[0], error: texts[1])
    }
  }

  public init(code: Int32, output: String, error: String) {
    self.code = code
    self.output = output
    self.error = error
  }
}
