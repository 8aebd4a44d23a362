import Files
import Foundation
import TestSupport
import Testing

/// Projects that are killed.
@Suite("cryosam project run, killed", .serialized)
struct ProjectKillTests {
  /// What the folder says of every tomogram, seen from outside: whether it is done, and its stored slices.
  private func look(_ project: String, _ tomogram: String) throws -> (isDone: Bool, slices: Int) {
    let isDone = ["\(project)/results/\(tomogram)/run.json", "\(project)/state/\(tomogram).json"]
      .allSatisfy { FileManager.default.fileExists(atPath: $0) }
    let slices = "\(project)/slices/\(tomogram)"
    guard Folder.isFolder(slices) else { return (isDone, 0) }
    let names = try TestData.names(in: slices).filter { !$0.hasPrefix(".") }
      .flatMap { try TestData.names(in: "\(slices)/\($0)") }
    return (isDone, names.count { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") })
  }

  /// Checks that `status` says what is there, and that what is done is what it must be.
  private func check(_ project: String, _ small: SmallProject, _ whole: [String: [UInt8]]) throws -> Int {
    let status = try SmallProject.status(project)
    let rows = try #require(status["tomograms"]?.array)
    for (tomogram, row) in zip(small.tomograms, rows) {
      let seen = try look(project, tomogram)
      #expect(row["state"]?.string == (seen.isDone ? "done" : "missing"), "\(row.text)")
      let stored = (row["features"]?["stored"]?.int ?? 0) + (row["embeddings"]?["stored"]?.int ?? 0)
      #expect(stored == seen.slices, "\(row.text)")
      guard seen.isDone else { continue }
      let folder = "results/\(tomogram)/"
      for (name, bytes) in whole
      where name.hasPrefix(folder) && !name.hasSuffix("run.json") && !name.hasSuffix("report.html") {
        let isWhole = try TestData.bytes("\(project)/\(name)") == bytes
        #expect(isWhole, "\(name)")
      }
    }
    let done = rows.count { $0["state"]?.string == "done" }
    #expect(status["done"]?.int == done && status["missing"]?.int == rows.count - done)
    return done
  }

  /// Three in every run of the tests, or as many as `CRYOSAM_KILLS` says.
  private static let kills = ProcessInfo.processInfo.environment["CRYOSAM_KILLS"].flatMap { Int($0) } ?? 3

  @Test(
    "at random moments, alone or with its workers, and run again: the same bytes, and status is right")
  func kills() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 2)
      let one = try small.make("one")
      let start = ContinuousClock.now
      let run = try ProgramRun("cryosam", ["project", "run", one])
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      #expect(run.code == 0, "\(run.error)")
      let whole = try SmallProject.results(one)

      let seed = UInt64(Date().timeIntervalSince1970 * 1000)
      var random = SplitMix64(seed: seed)
      var (kills, projects, done, said) = (0, 1, 0, "")
      var project = try small.make("killed-1")
      while kills < Self.kills, projects < 20 {
        let pause = (0.02 + 0.5 * Double(random.next() >> 11) / Double(1 << 53)) * seconds
        let isFamily = random.next() & 1 == 0
        let killed = try ProgramRun(
          "cryosam", ["project", "run", project], killedAfter: pause, family: isFamily)
        // A worker that is left alone ends at once.
        Thread.sleep(forTimeInterval: 0.5)
        let now = try check(project, small, whole)
        #expect(now >= done, "what was done is not done any more")
        done = now
        said += " \(Int(pause * 1000)) ms\(isFamily ? "" : " alone") \(done)"
        if killed.code == -9 { kills += 1 }
        guard done == small.tomograms.count, kills < Self.kills else { continue }
        try finish(project, whole)
        (projects, done) = (projects + 1, 0)
        project = try small.make("killed-\(projects)")
      }
      #expect(kills == Self.kills)
      try finish(project, whole)
      print(
        "killed \(kills) times, in \(projects) projects of \(seconds) s, seed \(seed): after, tomograms done:\(said)"
      )
    }
  }

  /// Runs what is left of `project`, and compares.
  private func finish(_ project: String, _ whole: [String: [UInt8]]) throws {
    let rest = try ProgramRun("cryosam", ["project", "run", project])
    #expect(rest.code == 0, "\(rest.error)")
    #expect(differences(try SmallProject.results(project), whole) == [])
  }
}
