import Files
import Foundation
import TestSupport
import Testing

/// Headless Chromium, driven as a person would by Debian's `chromium-driver`.
final class WebDriver {
  private let process = Process()
  private let port: UInt16
  private var session = ""

  static let driver = "/usr/bin/chromedriver"
  static let isThere = ["/usr/bin/chromium", driver].allSatisfy {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// - Parameter webGL: true: drawn by the processor; false: there is none; nil: as the browser has it.
  init(width: Int = 1400, height: Int = 900, dark: Bool = false, webGL: Bool? = nil) throws {
    port = UInt16.random(in: 20_000...40_000)
    process.executableURL = URL(filePath: Self.driver)
    process.arguments = ["--port=\(port)"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    for _ in 0..<200 {
      Thread.sleep(forTimeInterval: 0.05)
      if HTTPClient.get(port, "/status")?.code == 200 { break }
    }
    var arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=\(width),\(height)"]
    if let webGL { arguments += webGL ? ["--enable-unsafe-swiftshader"] : ["--disable-3d-apis"] }
    if dark { arguments.append("--blink-settings=preferredColorScheme=0") }
    let options: JSON = ["args": .array(arguments.map { .string($0) })]
    let made = try call("", ["capabilities": ["alwaysMatch": ["goog:chromeOptions": options]]])
    session = try #require(made["sessionId"]?.string)
  }

  deinit {
    if !session.isEmpty { HTTPClient.send(port, "DELETE", "/session/\(session)") }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  @discardableResult
  private func call(_ path: String, _ body: JSON) throws -> JSON {
    let place = session.isEmpty ? "/session" : "/session/\(session)/\(path)"
    let answer = try #require(HTTPClient.post(port, place, body.text, patience: 120))
    let value = try JSON(parsing: answer.body)["value"] ?? .null
    #expect(answer.code == 200, "\(path): \(value["message"]?.string ?? "")")
    return value
  }

  func open(_ url: String) throws { try call("url", ["url": .string(url)]) }

  /// What `script`, the body of a function, returns.
  @discardableResult
  func run(_ script: String) throws -> JSON {
    try call("execute/sync", ["script": .string(script), "args": []])
  }

  /// Waits until `expression` is true.
  func wait(_ expression: String, seconds: Double = 120) throws {
    let end = Date.now.addingTimeInterval(seconds)
    while Date.now < end {
      if try run("return !!(\(expression))") == .bool(true) { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
    Issue.record(
      "it never came: \(expression); the page says: \(try run("return document.body.innerText").string ?? "")"
    )
  }

  /// A click of the mouse at a place of the page.
  func click(x: Int, y: Int, dragTo end: (x: Int, y: Int)? = nil) throws {
    func move(_ x: Int, _ y: Int) -> JSON {
      ["type": "pointerMove", "duration": 50, "x": .integer(x), "y": .integer(y)]
    }
    let (down, up): (JSON, JSON) = (
      ["type": "pointerDown", "button": 0], ["type": "pointerUp", "button": 0]
    )
    let steps = [move(x, y), down] + (end.map { [move($0.x, $0.y)] } ?? []) + [up]
    let mouse: JSON = ["type": "pointer", "id": "mouse", "actions": .array(steps)]
    try call("actions", ["actions": .array([mouse])])
  }

  /// A click on the middle of the element that `selector` names.
  func click(_ selector: String) throws {
    let box = try run(
      "const e = document.querySelector('\(selector)'); e.scrollIntoView({block: 'nearest'});"
        + "const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2].map(Math.round)"
    )
    let place = try #require(box.ints)
    try click(x: place[0], y: place[1])
  }

  func press(_ key: String) throws {
    let steps: [JSON] = ["keyDown", "keyUp"].map { ["type": .string($0), "value": .string(key)] }
    let keyboard: JSON = ["type": "key", "id": "keyboard", "actions": .array(steps)]
    try call("actions", ["actions": .array([keyboard])])
  }

  func screenshot(to path: String) throws {
    let answer = try #require(HTTPClient.get(port, "/session/\(session)/screenshot"))
    let text = try #require(try JSON(parsing: answer.body)["value"]?.string)
    try TestData.write(Array(try #require(Data(base64Encoded: text))), to: path)
  }
}
