import Files
import Foundation
import Points
import TestSupport
import Testing
import Viewer
import Volumes

/// The viewer as a program, with the shipped weights on a small phantom.
@Suite("cryosam view", .serialized)
struct ViewTests {
  static let click = "53,46,23"

  static var weights: [String] {
    [
      "--sam", "\(TestData.root)/Weights/demo-sam.safetensors", "--dino",
      "\(TestData.root)/Weights/demo-dinov2.safetensors",
    ]
  }

  /// A folder with `phantom/tomogram-filtered.mrc`, in which a ribosome is at `click`.
  static func withPhantom(_ body: (String) throws -> Void) throws {
    try TestData.withFolder { folder in
      let phantom = try ProgramRun(
        "cryosam",
        [
          "simulate", "-o", "\(folder)/phantom", "--size", "128,128,48", "--seed", "7", "--quiet",
          "--species", "ribosome:6", "--species", "tric:6", "--species", "apoferritin:6",
          "--membranes", "0", "--gold", "0", "--deconvolve", "1",
        ])
      #expect(phantom.code == 0, "\(phantom.error)")
      try body(folder)
    }
  }

  private static func writeTomogram(_ path: String) throws {
    let geometry = Geometry(depth: 8, height: 16, width: 24, voxelSizeAngstroms: SIMD3(10, 10, 10))
    let voxels = (0..<geometry.count).map { Float(($0 * 7919) % 311) }
    try MRCWriter<Float>.write(voxels, to: path, geometry: geometry)
  }

  static func json(_ answer: (code: Int, head: String, body: [UInt8])?) throws -> JSON {
    let answer = try #require(answer)
    #expect(answer.code == 200, "\(String(decoding: answer.body, as: UTF8.self))")
    return try JSON(parsing: answer.body)
  }

  /// The state, once `isReached`.
  static func state(_ view: ViewProcess, _ isReached: (JSON) -> Bool) throws -> JSON {
    let end = Date.now.addingTimeInterval(300)
    while true {
      let state = try json(HTTPClient.get(view.port, "\(view.root)state"))
      if isReached(state) || Date.now > end { return state }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  static func act(_ view: ViewProcess, _ action: Action) throws {
    let answer = try #require(HTTPClient.post(view.port, "\(view.root)act", action.json.text))
    #expect(answer.code == 200, "\(String(decoding: answer.body, as: UTF8.self))")
  }

  static func picks(_ folder: String) throws -> String {
    String(decoding: try TestData.bytes("\(folder)/picks.star"), as: UTF8.self)
  }

  @Test("a click and 'Find all' give what 'segment' gives, and an export what was decided") func session()
    throws
  {
    try Self.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let segment = try ProgramRun(
        "cryosam",
        ["segment", tomogram, "--point", Self.click, "-o", "\(folder)/out", "--cache", "\(folder)/cache"]
          + Self.weights)
      #expect(segment.code == 0, "\(segment.error)")
      let arguments = [tomogram, "\(folder)/viewed", "--cache", "\(folder)/cache"] + Self.weights
      var view = try ViewProcess(arguments, in: folder)
      let point = try #require(VoxelPoint(try JSON(parsing: "[\(Self.click)]")))
      try Self.act(view, .mark(Mark(point)))
      let marked = try Self.state(view) { $0["marks"]?.array?.first?["phase"]?.string == "done" }
      #expect((marked["marks"]?.array?.first?["voxels"]?.int ?? 0) > 500, "\(marked.text)")
      #expect(try Self.json(HTTPClient.post(view.port, "\(view.root)search", ""))["job"] != .null)
      let searched = try Self.state(view) { $0["job"] == .null }
      #expect(searched["message"] == .null, "\(searched.text)")
      for name in ["picks.star", "candidates.star", "instances.mrc", "query.safetensors", "similarity.mrc"] {
        #expect(
          try TestData.bytes("\(folder)/viewed/\(name)") == TestData.bytes("\(folder)/out/\(name)"), "\(name)"
        )
      }

      // Throw the best one out, keep the worst, and drag the cut to where two are left.
      let finds = try #require(try Self.json(HTTPClient.get(view.port, "\(view.root)finds"))["finds"]?.array)
      let places = finds.compactMap { VoxelPoint($0["place"]) }
      let scores = finds.compactMap { $0["score"]?.double }
      #expect(finds.count > 6 && scores == scores.sorted(by: >))
      try Self.act(view, .judge(places[0], isPick: false))
      try Self.act(view, .judge(places[finds.count - 1], isPick: true))
      try Self.act(view, .cut(scores[2]))
      #expect(try Self.json(HTTPClient.post(view.port, "\(view.root)export", ""))["picks"]?.int == 3)
      let shown = try #require(try Self.json(HTTPClient.get(view.port, "\(view.root)finds"))["finds"]?.array)
      #expect(shown.indices.filter { shown[$0]["pick"] == .bool(true) } == [1, 2, finds.count - 1])
      let exported = try PointTable("\(folder)/viewed/picks.star")
      #expect(exported.entries.count == 3)
      let record = try JSON(contentsOf: "\(folder)/viewed/run.json")
      let corrections = try #require(record["corrections"]?["actions"]?.array)
      #expect(corrections.compactMap { $0["do"]?.string } == ["mark", "searched", "judge", "judge", "cut"])
      #expect(corrections.allSatisfy { $0["time"]?.string != nil && $0["user"]?.string != nil })

      // What another one opens is what was kept; taken back, the run's own decision stands again.
      view.kill()
      view = try ViewProcess([tomogram, "\(folder)/viewed"], in: folder)
      #expect(try Self.json(HTTPClient.get(view.port, "\(view.root)finds"))["finds"]?.array == shown)
      for _ in 0..<3 { try Self.act(view, .undo) }
      #expect(try Self.json(HTTPClient.post(view.port, "\(view.root)export", ""))["picks"] != nil)
      #expect(try Self.picks("\(folder)/viewed") == Self.picks("\(folder)/out"))
      view.kill()
    }
  }

  @Test("what was answered is kept when it is killed at any moment") func killed() throws {
    try TestData.withFolder { folder in
      let tomogram = "\(folder)/t.mrc"
      try Self.writeTomogram(tomogram)
      var kept: [Action] = []
      for round in 0..<20 {
        let view = try ViewProcess([tomogram, "\(folder)/result"], in: folder)
        let after = Double((round * 7919) % 40) / 1000
        let killer = Thread {
          Thread.sleep(forTimeInterval: after)
          view.kill()
        }
        killer.start()
        for number in 0... {
          let action = Action.cut(Double((round * 1000 + number) % 100) / 100)
          guard HTTPClient.post(view.port, "\(view.root)act", action.json.text)?.code == 200 else { break }
          kept.append(action)
        }
        while !killer.isFinished { Thread.sleep(forTimeInterval: 0.001) }
        let written = try Journal(in: "\(folder)/result").entries.map(\.action)
        // The one that was not answered may have been kept whole.
        #expect(written.count == kept.count || written.count == kept.count + 1, "round \(round)")
        #expect(Array(written.prefix(kept.count)) == kept, "round \(round)")
        kept = written
      }
      #expect(kept.count > 20)
    }
  }

  @Test("nothing that was answered is lost or half done when it is killed anywhere in a session")
  func killedInSession() throws {
    try Self.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let arguments = [tomogram, "\(folder)/viewed", "--cache", "\(folder)/cache"] + Self.weights
      let point = try #require(VoxelPoint(try JSON(parsing: "[\(Self.click)]")))
      var kept: [Action] = []
      var random = SplitMix64(seed: 18)
      for round in 0..<20 {
        let view = try ViewProcess(arguments, in: folder)
        var session = PersonAtWork(view, point)
        // A step of the session, and a moment in it; the first time there are no slices and no finds.
        let step = round == 0 ? 2 : Int(random.next() % UInt64(PersonAtWork.steps))
        let moment = Double(random.next() % 1000) / 1000 * PersonAtWork.seconds(step)
        let killer = Thread {
          Thread.sleep(forTimeInterval: moment)
          view.kill()
        }
        session.run(step) { killer.start() }
        while !killer.isFinished { Thread.sleep(forTimeInterval: 0.001) }
        kept += session.answered

        let entries = try Journal(in: "\(folder)/viewed").entries.map(\.action)
        // The one that was not answered may have been kept whole.
        let written = entries.filter { action in
          switch action {
          case .searched, .exported: false
          default: true
          }
        }
        #expect(
          written.count == kept.count || written.count == kept.count + 1, "round \(round), step \(step)")
        #expect(Array(written.prefix(kept.count)) == kept, "round \(round), step \(step)")
        kept = written
        try Self.checkWhole(folder, arguments, "round \(round), step \(step)")
      }
      #expect(kept.count > 10)
    }
  }

  /// What another viewer shows after a kill: all marks, and finds and files that belong together.
  private static func checkWhole(
    _ folder: String, _ arguments: [String], _ comment: Comment
  ) throws {
    let view = try ViewProcess(arguments, in: folder)
    defer { view.kill() }
    let state = try json(HTTPClient.get(view.port, "\(view.root)state"))
    #expect(state["message"] == .null, comment)
    guard state["found"] != 0 else { return }
    let finds = try #require(try json(HTTPClient.get(view.port, "\(view.root)finds"))["finds"]?.array)
    #expect(!finds.isEmpty, comment)
    // An export that was begun is whole, the one that was answered and the one that was not.
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/viewed/.exporting"), comment)
    let record = try JSON(contentsOf: "\(folder)/viewed/run.json")
    let table = try PointTable("\(folder)/viewed/picks.star").entries.count
    let labels = try Tomogram("\(folder)/viewed/instances.mrc").statistics.maximum
    #expect(record["counts"]?["instances"]?.int == table && Int(labels) == table, comment)
  }

  @Test("an export that was cut off is finished by the next viewer") func exportGoesOn() throws {
    try Self.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let segment = try ProgramRun(
        "cryosam", ["segment", tomogram, "--point", Self.click, "-o", "\(folder)/out"] + Self.weights)
      #expect(segment.code == 0, "\(segment.error)")
      var view = try ViewProcess(["\(folder)/out"], in: folder)
      let finds = try #require(try Self.json(HTTPClient.get(view.port, "\(view.root)finds"))["finds"]?.array)
      let best = try #require(finds.first.flatMap { VoxelPoint($0["place"]) })
      try Self.act(view, .judge(best, isPick: false))
      view.kill()
      let before = try PointTable("\(folder)/out/picks.star").entries.count
      try TestData.write([], to: "\(folder)/out/.exporting")
      view = try ViewProcess(["\(folder)/out"], in: folder)
      #expect(try PointTable("\(folder)/out/picks.star").entries.count == before - 1)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out/.exporting"))
      #expect(try Self.state(view) { _ in true }["unsaved"] == .bool(false))
      view.kill()
    }
  }

  @Test("a box marks what a click on its middle marks") func box() throws {
    try Self.withPhantom { folder in
      let tomogram = "\(folder)/phantom/tomogram-filtered.mrc"
      let view = try ViewProcess([tomogram, "\(folder)/viewed"] + Self.weights, in: folder)
      let click = try #require(VoxelPoint(try JSON(parsing: "[\(Self.click)]")))
      func box(_ text: String) -> (code: Int, head: String, body: [UInt8])? {
        HTTPClient.post(view.port, "\(view.root)box", text, patience: 60)
      }
      let answer = try Self.json(
        box(#"{"axis": "z", "index": 23, "from": [36, 43], "to": [56, 63], "class": "ribosome"}"#))
      let mark = try #require(answer["marks"]?.array?.first)
      let point = try #require(VoxelPoint(mark["point"]))
      #expect(point.z == 23 && point.distance(to: click) < 5, "\(mark.text)")
      #expect(mark["class"]?.string == "ribosome" && (mark["voxels"]?.int ?? 0) > 50, "\(mark.text)")
      let marked = try Self.state(view) { $0["marks"]?.array?.first?["phase"]?.string == "done" }
      #expect((marked["marks"]?.array?.first?["voxels"]?.int ?? 0) > 500, "\(marked.text)")
      #expect(
        try Journal.entries(TestData.bytes("\(folder)/viewed/view.jsonl")).map(\.action) == [
          .mark(Mark(point, "ribosome"))
        ])
      for wrong in [
        "{", "{}", #"{"axis": "w", "index": 3, "from": [1, 1], "to": [9, 9]}"#,
        #"{"axis": "z", "index": 48, "from": [1, 1], "to": [9, 9]}"#,
        #"{"axis": "z", "index": 3, "from": [1, 1], "to": [1, 9]}"#,
        #"{"axis": "z", "index": 3, "from": [1, 1], "to": [9, 9], "class": "a b"}"#,
        #"{"axis": "z", "index": 3, "from": [1, 1e300], "to": [9, 9]}"#,
      ] {
        #expect(box(wrong)?.code == 400, "\(wrong)")
      }
      view.kill()
    }
  }

  @Test("without weights nothing can be marked, and without a folder nothing is kept") func looking() throws {
    try TestData.withFolder { folder in
      try Self.writeTomogram("\(folder)/t.mrc")
      let view = try ViewProcess(["\(folder)/t.mrc"], in: folder)
      let volume = try Self.json(HTTPClient.get(view.port, "\(view.root)volume"))
      #expect(volume["marks"] == .bool(false) && volume["keeps"] == .bool(false))
      #expect(HTTPClient.get(view.port, "\(view.root)slice/z/0")?.code == 200)
      #expect(HTTPClient.post(view.port, "\(view.root)act", #"{"do": "undo"}"#)?.code == 409)
      #expect(HTTPClient.post(view.port, "\(view.root)search", "")?.code == 409)
      #expect(HTTPClient.post(view.port, "\(view.root)act", "{")?.code == 400)
      #expect(HTTPClient.post(view.port, "\(view.root)act", #"{"do": "exported", "picks": 1}"#)?.code == 400)
      for path in [
        "slice/w/0", "slice/z/999", "slice/z/0/0", "../../etc/passwd", "run.json", "sections?at=1", "masks",
      ] {
        #expect(HTTPClient.get(view.port, "\(view.root)\(path)")?.code == 404, "\(path)")
      }
      view.kill()
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix("view-output") }
          == ["t.mrc"])
    }
  }
}
