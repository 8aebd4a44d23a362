import Files
import NN
import Platform
import TestSupport
import Testing

@Suite("cryosam weights fetch")
struct WeightsFetchTests {
  private let file: [UInt8]
  private let sha256: String

  init() throws {
    file = try TestData.bytes(TestData.path("checkpoints/dino.pth"))
    sha256 = file.withUnsafeBytes { SHA256.hexDigest(of: $0) }
  }

  /// Without proxies of the machine that runs the tests.
  static let direct = Dictionary(
    uniqueKeysWithValues: ["http_proxy", "https_proxy", "all_proxy", "no_proxy"].flatMap {
      [($0, ""), ($0.uppercased(), "")]
    })

  /// Runs the program for a tiny checkpoint under the name `tiny`.
  private func fetch(
    _ url: String, into folder: String, _ options: [String] = [], environment: [String: String] = [:],
    killedWhen: (() -> Bool)? = nil, shell: String? = nil
  ) throws -> ProgramRun {
    try ProgramRun(
      "cryosam",
      ["weights", "fetch", "tiny", "--url", url, "--heads", "2", "--directory", folder] + options,
      environment: Self.direct.merging(environment) { $1 }, killedWhen: killedWhen, shell: shell)
  }

  /// The SHA-256 of what `tiny.safetensors` in `folder` was converted from.
  private func source(_ folder: String) throws -> String? {
    try SafetensorsFile("\(folder)/tiny.safetensors").metadata["cryosam.source_sha256"]
  }

  private func names(_ folder: String) throws -> String {
    try TestData.names(in: folder).sorted().joined(separator: " ")
  }

  private static let complete = "tiny.safetensors tiny.safetensors.sha256"

  @Test func wholeFile() throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      let run = try fetch(server.url("a/dino.pth"), into: folder)
      #expect(run.code == 0, "\(run.error)")
      #expect(run.output == "\(folder)/tiny.safetensors\n")
      #expect(run.error.contains("SHA-256 \(sha256)"))
      #expect(try names(folder) == Self.complete)
      let weights = try SafetensorsFile("\(folder)/tiny.safetensors")
      #expect(weights.metadata["cryosam.source_sha256"] == sha256)
      #expect(weights.metadata["cryosam.source_url"] == server.url("a/dino.pth"))
      #expect(weights.metadata["cryosam.source"] == "tiny.pth")
      let record = String(decoding: try TestData.bytes("\(folder)/tiny.safetensors.sha256"), as: UTF8.self)
      #expect(record == "\(try SHA256.hexDigest(ofFile: weights.path))  tiny.safetensors\n")
      #expect(server.requests.map(\.target) == ["/a/dino.pth"])
    }
  }

  @Test func kept() throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      let run = try fetch(server.url("dino.pth"), into: "\(folder)/new/folder", ["--keep", "--quiet"])
      #expect(run.code == 0 && run.error.isEmpty, "\(run.error)")
      #expect(try names("\(folder)/new/folder") == "\(Self.complete) tiny.pth tiny.pth.sha256".sortedWords)
      #expect(try TestData.bytes("\(folder)/new/folder/tiny.pth") == file)
      let record = String(decoding: try TestData.bytes("\(folder)/new/folder/tiny.pth.sha256"), as: UTF8.self)
      #expect(record == "\(sha256)  tiny.pth\n")
    }
  }

  @Test("broken off, then taken up where it stopped")
  func resumed() throws {
    let server = try TestServer { [file] request, number in
      var reply = TestServer.reply(to: request, file: file, tag: "1")
      if number == 0 { reply.breaksOffAfter = 6000 }
      return reply
    }
    try TestData.withFolder { folder in
      let first = try fetch(server.url("dino.pth"), into: folder, ["--retries", "0"])
      #expect(first.code == 75)
      #expect(first.error.contains("broke off after 6000 of \(file.count) bytes"), "\(first.error)")
      #expect(try names(folder) == "tiny.pth.partial tiny.pth.partial.json")
      #expect(try TestData.bytes("\(folder)/tiny.pth.partial").count == 6000)
      let second = try fetch(server.url("dino.pth"), into: folder)
      #expect(second.code == 0, "\(second.error)")
      #expect(server.requests.last?.fields["range"] == "bytes=6000-")
      #expect(server.requests.last?.fields["if-range"] == "\"1\"")
      #expect(try source(folder) == sha256 && names(folder) == Self.complete)
    }
  }

  @Test("a broken connection and a busy server are tried again")
  func retries() throws {
    let server = try TestServer { [file] request, number in
      var reply = TestServer.reply(to: request, file: file, tag: "1")
      if number == 0 { reply = .init("503 Service Unavailable") }
      if number == 1 { reply.breaksOffAfter = 100 }
      return reply
    }
    try TestData.withFolder { folder in
      let run = try fetch(server.url("dino.pth"), into: folder)
      #expect(run.code == 0, "\(run.error)")
      #expect(run.error.contains("the server answers 503 Service Unavailable; trying again in"))
      #expect(server.requests.count == 3)
      #expect(try source(folder) == sha256)
    }
  }

  @Test("killed in the midst, then taken up")
  func killed() throws {
    let server = try TestServer { [file] request, number in
      var reply = TestServer.reply(to: request, file: file, tag: "1")
      if number == 0 {
        reply.breaksOffAfter = 9000
        reply.thenStalls = true
      }
      return reply
    }
    try TestData.withFolder { folder in
      let part = "\(folder)/tiny.pth.partial"
      let first = try fetch(
        server.url("dino.pth"), into: folder, killedWhen: { (try? TestData.bytes(part).count) ?? 0 >= 9000 })
      #expect(first.code == -9)
      #expect(try names(folder) == "tiny.pth.partial tiny.pth.partial.json")
      let second = try fetch(server.url("dino.pth"), into: folder)
      #expect(second.code == 0, "\(second.error)")
      #expect(server.requests.last?.fields["range"] == "bytes=9000-")
      #expect(try source(folder) == sha256 && names(folder) == Self.complete)
    }
  }

  @Test("ended by Ctrl-C it says that it goes on, and does")
  func interrupted() throws {
    // What was started in the background ignores it, and so would the program.
    signal(SIGINT, SIG_DFL)
    let server = try TestServer { [file] request, number in
      var reply = TestServer.reply(to: request, file: file, tag: "1")
      if number == 0 {
        reply.breaksOffAfter = 9000
        reply.thenStalls = true
      }
      return reply
    }
    try TestData.withFolder { folder in
      let part = "\(folder)/tiny.pth.partial"
      let first = try fetch(
        server.url("dino.pth"), into: folder,
        shell: "(until test -s '\(part)'; do sleep 0.05; done; sleep 0.3; kill -INT $$) & :")
      #expect(first.code == 130, "\(first.error)")
      #expect(
        first.error.hasSuffix("cryosam: interrupted; the same command goes on where this one stopped\n"))
      let second = try fetch(server.url("dino.pth"), into: folder)
      #expect(second.code == 0, "\(second.error)")
      #expect(try source(folder) == sha256 && names(folder) == Self.complete)
    }
  }

  /// What becomes of a download whose address holds secrets.
  enum Outcome: CaseIterable { case complete, brokenOff, webPage, notFound, unreachable }

  @Test("secrets in an address are neither stored nor shown", arguments: Outcome.allCases)
  func secrets(outcome: Outcome) throws {
    let server = try TestServer { [file] request, _ in
      var reply = TestServer.reply(to: request, file: file, tag: "1")
      switch outcome {
      case .brokenOff: reply.breaksOffAfter = 6000
      case .webPage: reply = .init("200 OK", fields: ["Content-Type": "text/html"])
      case .notFound: reply = .init("404 Not Found")
      case .complete, .unreachable: break
      }
      return reply
    }
    let plain = outcome == .unreachable ? "http://127.0.0.1:1/dino.pth" : server.url("dino.pth")
    let url =
      plain.replacing("http://", with: "http://me:sesame1@") + "?X-Amz-Signature=sesame2&token=sesame3"
    try TestData.withFolder { folder in
      let run = try fetch(url, into: folder, ["--retries", "0"])
      #expect((run.code == 0) == (outcome == .complete), "\(run.error)")
      if outcome != .complete { #expect(run.error.contains("\(plain)?...: ")) }
      var written = run.output + run.error
      for name in try TestData.names(in: folder) {
        written += String(decoding: try TestData.bytes("\(folder)/\(name)"), as: UTF8.self)
      }
      #expect(!written.contains("sesame") && !written.contains("me:"))
      guard outcome == .brokenOff else { return }
      // A key that has been renewed does not make the part worthless.
      _ = try fetch(url.replacing("sesame2", with: "sesame4"), into: folder, ["--retries", "0"])
      #expect(server.requests.last?.fields["range"] == "bytes=6000-")
    }
  }

  @Test(
    "weights that are there are the user's, unless a fetch that was killed made them",
    arguments: [(true, true, 73), (true, false, 73), (false, true, 0), (false, false, 73)])
  func unfinished(hasChecksum: Bool, isFetched: Bool, code: Int32) throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      let url = server.url("dino.pth")
      let made =
        isFetched
        ? try fetch(url, into: folder)
        : try ProgramRun(
          "convert-weights",
          [TestData.path("checkpoints/dino.pth"), "--heads", "2", "-o", "\(folder)/tiny.safetensors"])
      #expect(made.code == 0, "\(made.error)")
      let checksum = "\(folder)/tiny.safetensors.sha256"
      if hasChecksum { try TestData.write([1], to: checksum) } else { unlink(checksum) }
      let before = try TestData.bytes("\(folder)/tiny.safetensors")
      let note = #"{"url": "\#(url)", "validator": "\"1\"", "length": \#(file.count)}"#
      try TestData.write(Array(note.utf8), to: "\(folder)/tiny.pth.partial.json")
      try TestData.write(file, to: "\(folder)/tiny.pth.partial")
      let run = try fetch(url, into: folder)
      #expect(run.code == code, "\(run.error)")
      #expect(try code == 0 || TestData.bytes("\(folder)/tiny.safetensors") == before)
    }
  }

  /// How a server tells, or does not tell, that it has another version than the part is of.
  enum Change: CaseIterable { case honoursIfRange, ignoresIfRange, ignoresRange, otherLength, noTag }

  @Test("a part is never completed with another version", arguments: Change.allCases)
  func changed(change: Change) throws {
    let old = file
    let new = try TestData.bytes(TestData.path("checkpoints/dino_half.pth"))
    let server = try TestServer { request, number in
      if number == 0 {
        var reply = TestServer.reply(to: request, file: old, tag: "old")
        if change == .noTag { reply.fields["ETag"] = nil }
        reply.breaksOffAfter = 5000
        return reply
      }
      var request = request
      var tag = "new"
      if change == .ignoresIfRange || change == .otherLength {
        request = .init(target: request.target, fields: request.fields.filter { $0.key != "if-range" })
      }
      if change == .otherLength { tag = "old" }
      if change == .ignoresRange { request = .init(target: request.target, fields: [:]) }
      return TestServer.reply(to: request, file: new, tag: tag)
    }
    try TestData.withFolder { folder in
      #expect(try fetch(server.url("dino.pth"), into: folder, ["--retries", "0"]).code == 75)
      let run = try fetch(server.url("dino.pth"), into: folder, ["--retries", "0"])
      #expect(run.code == 0, "\(run.error)")
      #expect(try source(folder) == new.withUnsafeBytes { SHA256.hexDigest(of: $0) })
      #expect((server.requests[1].fields["range"] == nil) == (change == .noTag))
    }
  }

  @Test("a part that the server says is all, and one that is too long", arguments: [true, false])
  func notSatisfiable(whole: Bool) throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      let note = #"{"url": "\#(server.url("dino.pth"))", "validator": "\"1\"", "length": null}"#
      try TestData.write(Array(note.utf8), to: "\(folder)/tiny.pth.partial.json")
      try TestData.write(file + (whole ? [] : [1, 2, 3]), to: "\(folder)/tiny.pth.partial")
      let run = try fetch(server.url("dino.pth"), into: folder, ["--retries", "0"])
      #expect(run.code == 0, "\(run.error)")
      #expect(server.requests.count == (whole ? 1 : 2))
      #expect(try source(folder) == sha256 && names(folder) == Self.complete)
    }
  }

  @Test(
    "a part without its note, or with a damaged one, counts for nothing",
    arguments: ["", "{", "{\"url\": 3}"])
  func damagedNote(note: String) throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      if !note.isEmpty { try TestData.write(Array(note.utf8), to: "\(folder)/tiny.pth.partial.json") }
      try TestData.write([1, 2, 3], to: "\(folder)/tiny.pth.partial")
      let run = try fetch(server.url("dino.pth"), into: folder)
      #expect(run.code == 0, "\(run.error)")
      #expect(server.requests.first?.fields["range"] == nil)
      #expect(try source(folder) == sha256)
    }
  }

  @Test("no file system space: what came is kept, and completed later")
  func diskFull() throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      // At most 8 blocks of 512 bytes to a file.
      let run = try fetch(server.url("dino.pth"), into: folder, shell: "trap '' XFSZ; ulimit -f 8")
      #expect(run.code == 74, "\(run.error)")
      #expect(run.error.contains("tiny.pth.partial: cannot write: "), "\(run.error)")
      #expect(run.error.contains("make room; the same command then goes on from here\n"))
      #expect(try TestData.bytes("\(folder)/tiny.pth.partial").count == 4096)
      let second = try fetch(server.url("dino.pth"), into: folder)
      #expect(second.code == 0, "\(second.error)")
      #expect(server.requests.last?.fields["range"] == "bytes=4096-")
      #expect(try source(folder) == sha256)
    }
  }

  @Test("what is there is not overwritten without --force")
  func existing() throws {
    let server = try TestServer { [file] request, _ in TestServer.reply(to: request, file: file, tag: "1") }
    try TestData.withFolder { folder in
      let target = "\(folder)/tiny.safetensors"
      try TestData.write([1], to: target)
      let run = try fetch(server.url("dino.pth"), into: folder)
      #expect(run.code == 73)
      #expect(run.error == "cryosam: \(target): exists already; use --force to fetch it again\n")
      #expect(server.requests.isEmpty)
      #expect(try TestData.bytes(target) == [1])
      let forced = try fetch(server.url("dino.pth"), into: folder, ["--force"])
      #expect(forced.code == 0, "\(forced.error)")
      #expect(try source(folder) == sha256)
    }
  }

  @Test("a checkpoint put there by hand is used, and stays")
  func byHand() throws {
    let server = try TestServer { _, _ in .init("404 Not Found") }
    try TestData.withFolder { folder in
      try TestData.write(file, to: "\(folder)/tiny.pth")
      let run = try fetch(server.url("dino.pth"), into: folder)
      #expect(run.code == 0, "\(run.error)")
      #expect(server.requests.isEmpty)
      #expect(try names(folder) == "\(Self.complete) tiny.pth".sortedWords)
    }
  }
}

extension String {
  /// Its words in alphabetical order.
  var sortedWords: String { split(separator: " ").sorted().joined(separator: " ") }
}
