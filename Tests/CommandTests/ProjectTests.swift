import Files
import Foundation
import TestSupport
import Testing

/// `cryosam project` on small phantoms with the demo weights.
@Suite("cryosam project", .serialized)
struct ProjectTests {
  private static let weights = [
    "--dino", "\(TestData.root)/Weights/demo-dinov2.safetensors", "--sam",
    "\(TestData.root)/Weights/demo-sam.safetensors",
  ]

  /// Writes `t1.mrc` to `t3.mrc`, and `t4.mrc`, which is cut off.
  ///
  /// - Returns: the middle of a ribosome in `t1.mrc`.
  private func tomograms(_ folder: String) throws -> String {
    var click = ""
    for number in 1...3 {
      let phantom = "\(folder)/phantom\(number)"
      let run = try ProgramRun(
        "cryosam",
        [
          "simulate", "-o", phantom, "--size", "80,72,40", "--seed", "\(number)", "--quiet", "--species",
          "ribosome:3", "--membranes", "0", "--gold", "0", "--deconvolve", "1",
        ])
      #expect(run.code == 0, "\(run.error)")
      try FileManager.default.moveItem(
        atPath: "\(phantom)/tomogram-filtered.mrc", toPath: "\(folder)/t\(number).mrc")
      guard number == 1 else { continue }
      let truth = String(
        decoding: try TestData.bytes("\(phantom)/particles-ribosome.star"), as: UTF8.self)
      let row = try #require(
        truth.split(separator: "\n").first { $0.contains("ribosome") && !$0.hasPrefix("_") })
      click = row.split(separator: " ").prefix(3).joined(separator: ",")
    }
    try TestData.write(
      Array(try TestData.bytes("\(folder)/t1.mrc").prefix(100_000)), to: "\(folder)/t4.mrc")
    return click
  }

  private func make(_ name: String, _ folder: String, _ click: String) throws {
    let run = try ProgramRun(
      "cryosam",
      ["project", "init", "\(folder)/\(name)", "--tomograms", "\(folder)/t?.mrc"] + Self.weights
        + ["--point", click, "--tomogram-name", "t1"])
    #expect(run.code == 0 && run.error.contains("it stays in the project"), "\(run.error)")
    #expect(run.output.hasPrefix("4 tomograms, points in 1"), "\(run.output)")
  }

  private func status(_ project: String) throws -> JSON {
    let run = try ProgramRun("cryosam", ["project", "status", project, "--json"])
    #expect(run.code == 0, "\(run.error)")
    return try Array(run.output.utf8).withUnsafeBytes { try JSON(parsing: $0) }
  }

  /// What must be the same whenever the work is repeated.
  private func results(_ project: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in ["summary.star", "picks.star"] { files[name] = try TestData.bytes("\(project)/\(name)") }
    for tomogram in ["t1", "t2", "t3"] {
      for name in try TestData.names(in: "\(project)/results/\(tomogram)")
      where !["run.json", "report.html"].contains(name) {
        files["\(tomogram)/\(name)"] = try TestData.bytes("\(project)/results/\(tomogram)/\(name)")
      }
    }
    return files
  }

  private func slices(_ project: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: "\(project)/slices")
    where name.hasSuffix(".safetensors") {
      files[name] = try TestData.bytes("\(project)/slices/\(name)")
    }
    return files
  }

  @Test("one click for all, the damaged one named; the same bytes after kills, and from slices in shares")
  func project() throws {
    try TestData.withFolder { folder in
      let click = try tomograms(folder)
      try make("lab", folder, click)
      let fresh = try status("\(folder)/lab")
      #expect(fresh["missing"]?.int == 4 && fresh["seconds_left"] == .null)
      let run = try ProgramRun("cryosam", ["project", "run", "\(folder)/lab"])
      #expect(run.code == 1, "\(run.error)")
      #expect(run.error.contains("t4: failed: \(folder)/t4.mrc: announces"), "\(run.error)")
      #expect(run.output.contains("in 3 of 4 tomograms"), "\(run.output)")
      let done = try status("\(folder)/lab")
      #expect(done["done"]?.int == 3 && done["failed"]?.int == 1 && done["seconds_left"]?.int == 0)
      let page = String(decoding: try TestData.bytes("\(folder)/lab/summary.html"), as: UTF8.self)
      #expect(page.contains("results/t2/report.html") && page.contains("announces"))
      #expect(page.components(separatedBy: "data:image/png").count == 4)
      let one = try results("\(folder)/lab")

      // What is done is not done again; what a change concerns is.
      let again = try ProgramRun("cryosam", ["project", "run", "\(folder)/lab"])
      #expect(again.code == 1 && !again.error.contains("t1 begins") && again.error.contains("t4 begins"))

      try make("killed", folder, click)
      var random = SplitMix64(seed: UInt64(Date().timeIntervalSince1970))
      for _ in 0..<4 {
        let pause = 0.2 + 2.5 * Double(random.next() >> 11) / Double(1 << 53)
        _ = try ProgramRun("cryosam", ["project", "run", "\(folder)/killed"], killedAfter: pause)
        let now = try status("\(folder)/killed")
        #expect((now["failed"]?.int ?? 9) <= 1)
      }
      let resumed = try ProgramRun("cryosam", ["project", "run", "\(folder)/killed"])
      #expect(resumed.code == 1, "\(resumed.error)")
      let isSame = try results("\(folder)/killed") == one
      #expect(isSame, "after kills")

      // The slices of a run, and all slices in 1, 2, 5 and 17 shares.
      var all: [String: [UInt8]]?
      for count in [1, 2, 5, 17] {
        try make("shares\(count)", folder, click)
        for number in 1...count {
          let task = try ProgramRun(
            "cryosam",
            ["project", "task", "\(folder)/shares\(count)", "--encode", "\(number)/\(count)", "--quiet"])
          #expect(task.code == 0, "\(task.error)")
        }
        let stored = try slices("\(folder)/shares\(count)")
        #expect(stored.count == 3 * 2 * 192)
        let isSame = all == nil || all == stored
        #expect(isSame, "\(count) shares")
        all = stored
      }
      let ofRun = try slices("\(folder)/lab")
      let isPart = ofRun.allSatisfy { all?[$0.key] == $0.value }
      #expect(isPart && !ofRun.isEmpty, "slices of shares are those of the run")
    }
  }
}
