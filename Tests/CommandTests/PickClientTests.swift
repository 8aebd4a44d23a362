import Foundation
import TestSupport
import Testing

/// Picks read and written by the programs that they are for, as far as they are installed.
@Suite("Picks and the programs that they are for")
struct PickClientTests {
  /// A Python that may have packages of the field.
  static let python: String? = {
    let named = ProcessInfo.processInfo.environment["CRYOSAM_PYTHON"]
    return (named.map { [$0] } ?? ["/usr/bin/python3", "/usr/local/bin/python3"]).first {
      access($0, X_OK) == 0
    }
  }()

  @Test("tools/check_pick_clients.py", .enabled(if: python != nil, "there is no Python (CRYOSAM_PYTHON)"))
  func clients() throws {
    let python = try #require(Self.python)
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = [
      "\(TestData.root)/tools/check_pick_clients.py", "--program", TestData.program("cryosam"),
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    print(text)
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.split(separator: "\n").count == 11)
  }
}
