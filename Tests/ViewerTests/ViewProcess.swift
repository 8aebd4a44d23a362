import Foundation
import TestSupport
import Viewer

/// `cryosam view` as a program that runs beside a test.
final class ViewProcess: @unchecked Sendable {
  let port: UInt16
  /// `/TOKEN/`
  let root: String
  private let process = Process()

  /// Starts it, and waits for its address.
  init(_ arguments: [String], in folder: String) throws {
    let output = "\(folder)/view-output"
    try TestData.write([], to: output)
    process.executableURL = URL(filePath: TestData.program("cryosam"))
    process.arguments = ["view"] + arguments + ["--no-browser"]
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    try TestData.write([], to: "\(output)-error")
    process.standardError = try FileHandle(forWritingTo: URL(filePath: "\(output)-error"))
    try process.run()
    var line = ""
    let end = Date.now.addingTimeInterval(120)
    while !line.hasSuffix("/\n"), process.isRunning, Date.now < end {
      Thread.sleep(forTimeInterval: 0.01)
      line = String(decoding: try TestData.bytes(output), as: UTF8.self)
    }
    guard let url = URL(string: line.trimmingCharacters(in: .whitespacesAndNewlines)), let port = url.port
    else {
      let error = String(decoding: try TestData.bytes("\(output)-error"), as: UTF8.self)
      throw POSIXError(.ECONNREFUSED, userInfo: ["error": error])
    }
    (self.port, root) = (UInt16(port), "/\(url.pathComponents[1])/")
  }

  var url: String { "http://127.0.0.1:\(port)\(root)" }

  /// SIGKILL: nothing is tidied up.
  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { kill() } }
}
