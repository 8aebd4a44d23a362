import Files
import Platform
import TestSupport
import Testing

@Suite("cryosam weights fetch: refusals, proxies, redirects")
struct WeightsRefusalTests {
  private static let direct = WeightsFetchTests.direct

  private func run(
    _ name: String, _ url: String, into folder: String, _ options: [String] = ["--heads", "2"],
    environment: [String: String] = [:]
  ) throws -> ProgramRun {
    try ProgramRun(
      "cryosam", ["weights", "fetch", name, "--url", url, "--directory", folder, "--quiet"] + options,
      environment: Self.direct.merging(environment) { $1 })
  }

  private static func serve(_ checkpoint: String) throws -> TestServer {
    let file = try TestData.bytes(TestData.path("checkpoints/\(checkpoint)"))
    return try TestServer { request, _ in TestServer.reply(to: request, file: file, tag: "1") }
  }

  /// Name, checkpoint served, further options, exit code, what the line says, and what is left in the folder.
  static let refused: [(String, String, [String], Int32, String, String)] = [
    ("sam_vit_b", "sam.pth", [], 65, "published MD5 start: should be 01ec64, the file's MD5 is ", ""),
    (
      "dino_vits16", "dino.pth", ["--heads", "2"], 65,
      "structure: is not dino_vits16, but DINOv2, patch 2, width 8", ""
    ),
    (
      "tiny", "dino.pth", ["--heads", "2", "--sha256", String(repeating: "0", count: 64)], 65,
      "--sha256 asks for 0000", ""
    ),
    ("tiny", "refused_no_model.pth", [], 65, "is no DINOv2", ""),
    ("tiny", "refused_missing.pth", ["--heads", "2"], 65, "lacks 'blocks.1.mlp.fc2.bias' [8]", ""),
    // The download is not to blame.
    ("tiny", "dino.pth", [], 64, "give it with --heads N", "tiny.pth.partial tiny.pth.partial.json"),
  ]

  @Test("a checkpoint that is not what it should be", arguments: refused.indices)
  func checkpoints(index: Int) throws {
    let (name, checkpoint, options, code, message, rest) = Self.refused[index]
    let server = try Self.serve(checkpoint)
    try TestData.withFolder { folder in
      let run = try run(name, server.url("x.pth"), into: folder, options)
      #expect(run.code == code && run.output.isEmpty)
      #expect(run.error.hasPrefix("cryosam: ") && run.error.contains(message), "\(run.error)")
      #expect(run.error.split(separator: "\n").count == 1)
      #expect(try TestData.names(in: folder).sorted().joined(separator: " ") == rest)
    }
  }

  @Test("no checkpoint is offered")
  func servers() throws {
    let page = Array("<!DOCTYPE html><html>sign in</html>".utf8)
    let replies: [(TestServer.Reply, Int32, String)] = [
      (.init(fields: ["Content-Type": "text/html; charset=utf-8"], body: page), 65, "gives a web page"),
      (.init(fields: ["Content-Type": "application/octet-stream"], body: page), 65, "gives a web page"),
      (.init(), 65, "is empty"),
      (
        .init("404 Not Found", fields: ["Content-Type": "text/html"], body: page), 69, "answers 404 Not Found"
      ),
      (.init("403 Forbidden"), 69, "answers 403 Forbidden"),
      (.init("206 Partial Content", body: page), 69, "answers 206 Partial Content"),
      (.init("503 Service Unavailable"), 75, "the server answers 503 Service Unavailable"),
    ]
    for (reply, code, message) in replies {
      let server = try TestServer { _, _ in reply }
      try TestData.withFolder { folder in
        let run = try run("tiny", server.url("x.pth"), into: folder, ["--retries", "0"])
        #expect(run.code == code && run.output.isEmpty)
        #expect(run.error.hasPrefix("cryosam: \(server.url("x.pth")): "), "\(run.error)")
        #expect(run.error.contains(message), "\(run.error)")
        #expect(run.error.split(separator: "\n").count == 1)
        #expect(try TestData.names(in: folder).isEmpty)
      }
    }
  }

  @Test("without a network: one line that says what to do")
  func offline() throws {
    // A port that was free a moment ago.
    let url = try TestServer { _, _ in .init() }.url("x.pth")
    try TestData.withFolder { folder in
      for address in [url, "http://weights.invalid/x.pth"] {
        let run = try run("tiny", address, into: folder)
        #expect(run.code == 69 && run.output.isEmpty)
        #expect(run.error.hasPrefix("cryosam: \(address): cannot be reached: "), "\(run.error)")
        #expect(
          run.error.hasSuffix(
            "; without a network, download it elsewhere, put it into \(folder) as tiny.pth and run this again\n"
          ))
        #expect(try TestData.names(in: folder).isEmpty)
      }
    }
  }

  @Test("http_proxy and no_proxy are honoured")
  func proxies() throws {
    let proxy = try Self.serve("dino.pth")
    try TestData.withFolder { folder in
      let run = try run(
        "tiny", "http://weights.invalid/x.pth", into: folder,
        environment: ["http_proxy": proxy.url("")])
      #expect(run.code == 0, "\(run.error)")
      #expect(proxy.requests.map(\.target) == ["http://weights.invalid/x.pth"])
    }
    let server = try Self.serve("dino.pth")
    try TestData.withFolder { folder in
      let run = try run(
        "tiny", server.url("x.pth"), into: folder,
        environment: ["http_proxy": proxy.url(""), "no_proxy": "127.0.0.1"])
      #expect(run.code == 0, "\(run.error)")
      #expect(proxy.requests.count == 1 && server.requests.count == 1)
    }
  }

  @Test("a proxy that refuses")
  func proxyRefuses() throws {
    let proxy = try TestServer { _, _ in .init("407 Proxy Authentication Required") }
    try TestData.withFolder { folder in
      let run = try run(
        "tiny", "https://weights.invalid/x.pth", into: folder, environment: ["https_proxy": proxy.url("")])
      #expect(run.code == 69)
      #expect(run.error.contains("the proxy answers 407"), "\(run.error)")
      #expect(proxy.requests.map(\.target) == ["weights.invalid:443"])
    }
  }

  @Test("redirects are followed, but not for ever, and only to http and https")
  func redirects() throws {
    let file = try TestData.bytes(TestData.path("checkpoints/dino.pth"))
    let server = try TestServer { request, _ in
      switch request.target {
      case "/file": TestServer.reply(to: request, file: file, tag: "1")
      case "/to-file": .init("302 Found", fields: ["Location": "/file"], body: Array("moved".utf8))
      case "/to-disk": .init("302 Found", fields: ["Location": "file:///etc/hostname"])
      default: .init("302 Found", fields: ["Location": "/loop"])
      }
    }
    try TestData.withFolder { folder in
      let followed = try run("tiny", server.url("to-file"), into: folder)
      #expect(followed.code == 0, "\(followed.error)")
      #expect(server.requests.map(\.target) == ["/to-file", "/file"])
      let endless = try run("tiny2", server.url("loop"), into: folder)
      #expect(endless.code == 69 && endless.error.contains("redirects more than 5 times"), "\(endless.error)")
      let disk = try run("tiny2", server.url("to-disk"), into: folder)
      #expect(disk.code != 0 && disk.code != 70, "\(disk.error)")
      let names = try TestData.names(in: folder)
      #expect(names.allSatisfy { !$0.hasPrefix("tiny2") })
    }
  }

  @Test("two processes do not write one file")
  func locked() throws {
    let server = try Self.serve("dino.pth")
    try TestData.withFolder { folder in
      let part = open("\(folder)/tiny.pth.partial", O_RDWR | O_CREAT, 0o644)
      defer { close(part) }
      #expect(flock(part, LOCK_EX | LOCK_NB) == 0)
      let run = try run("tiny", server.url("x.pth"), into: folder)
      #expect(run.code == 75 && run.error.contains("is being downloaded by another process"), "\(run.error)")
      #expect(server.requests.isEmpty)
    }
  }

  @Test(
    "addresses that are none",
    arguments: ["ftp://127.0.0.1/x.pth", "file:///etc/hostname", "http://", "nonsense://a/b"])
  func addresses(url: String) throws {
    try TestData.withFolder { folder in
      let run = try run("tiny", url, into: folder)
      #expect(run.code == 64 && run.error.contains("is no address to download from"), "\(run.error)")
      #expect(try TestData.names(in: folder).isEmpty)
    }
  }
}
