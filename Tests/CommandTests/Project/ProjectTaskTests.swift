import Files
import Foundation
import TestSupport
import Testing

/// What the jobs of a cluster do.
@Suite("cryosam project task", .serialized)
struct ProjectTaskTests {
  private func task(
    _ project: String, _ arguments: [String], secondsLeft: Double? = nil, killedWhen: (() -> Bool)? = nil
  ) throws -> ProgramRun {
    let end = secondsLeft.map { ["SLURM_JOB_END_TIME": "\(Date().timeIntervalSince1970 + $0)"] } ?? [:]
    return try ProgramRun(
      "cryosam", ["project", "task", project] + arguments, environment: end, killedWhen: killedWhen,
      signal: SIGTERM)
  }

  @Test("1, 2, 5 and 17 parts give the same slices, and these the same results")
  func parts() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 2)
      let one = try small.make("one")
      #expect(try ProgramRun("cryosam", ["project", "run", one]).code == 0)
      let (slices, whole) = (try SmallProject.slices(one), try SmallProject.results(one))
      #expect(slices.count == 2 * SmallProject.slices)
      for parts in [1, 2, 5, 17] {
        let project = try small.make("in-\(parts)")
        // From the last to the first.
        for part in (1...parts).reversed() {
          let run = try task(project, ["--encode", "\(part)/\(parts)"])
          #expect(run.code == 0 && run.output.contains(" 0 were there"), "\(run.output)\(run.error)")
        }
        #expect(differences(try SmallProject.slices(project), slices) == [], "\(parts) parts")
        guard parts == 17 else { continue }
        for number in 0..<2 {
          let run = try task(project, ["--segment", "\(number)"])
          #expect(run.code == 0, "\(run.error)")
        }
        #expect(try task(project, ["--summary"]).code == 0)
        #expect(differences(try SmallProject.results(project), whole) == [], "\(parts) parts")
      }
    }
  }

  @Test("features and embeddings in 1, 2, 5 and 17 shards: the same slices")
  func shards() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      let commands = [
        ["features", "--dino", "\(folder)/dino.safetensors", "--dino-size", "126"],
        ["embeddings", "--sam", "\(folder)/sam.safetensors", "--axes", "z"],
      ]
      var first: [String: [UInt8]] = [:]
      for shards in [1, 2, 5, 17] {
        let cache = "\(folder)/\(shards)/slices/t1"
        for shard in 1...shards {
          for command in commands {
            let run = try ProgramRun(
              "cryosam",
              command + ["\(folder)/t1.mrc", "--cache", cache, "--shard", "\(shard)/\(shards)", "--quiet"])
            #expect(run.code == 0 && run.output.contains(" 0 were there"), "\(run.output)\(run.error)")
          }
        }
        let slices = try SmallProject.slices("\(folder)/\(shards)")
        if shards == 1 { first = slices }
        #expect(slices.count == SmallProject.slices)
        #expect(differences(slices, first) == [], "\(shards) shards")
      }
      // They are those that a project makes and takes.
      let project = try small.make("lab")
      #expect(try ProgramRun("cryosam", ["project", "run", project]).code == 0)
      #expect(differences(try SmallProject.slices(project), first) == [])
    }
  }

  @Test("SIGTERM: encoding ends cleanly with 143, and what is stored stays")
  func terminated() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 2)
      let project = try small.make("lab")
      let stopped = try task(project, ["--encode", "1/1"]) {
        (try? SmallProject.slices(project).count).map { $0 > 5 } ?? false
      }
      #expect(stopped.code == 143 && stopped.error.contains("stopped after"), "\(stopped.error)")
      let stored = try SmallProject.slices(project)
      #expect(stored.count > 5 && stored.count < 2 * SmallProject.slices)
      #expect(stored.keys.allSatisfy { !$0.contains("/.") })
      let rest = try task(project, ["--encode", "1/1"])
      #expect(
        rest.code == 0
          && rest.output
            == "\(2 * SmallProject.slices - stored.count) slices encoded, \(stored.count) were there\n",
        "\(rest.output)\(rest.error)")
      let slices = try SmallProject.slices(project)
      #expect(stored.allSatisfy { slices[$0.key] == $0.value })
    }
  }

  @Test("the time limit: encoding goes on in job after job, and no slice is made twice")
  func timeLimit() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      let project = try small.make("lab")
      var (jobs, made) = (0, 0)
      while jobs < 200 {
        jobs += 1
        // Nothing is begun in the last four minutes.
        let job = try task(project, ["--encode", "1/1"], secondsLeft: 241)
        let lines = (job.error + job.output).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("stopped after") || $0.contains("slices encoded,") } ?? ""
        made += line.split(separator: " ").lazy.compactMap { Int($0) }.first ?? 0
        if job.code == 0 { break }
        #expect(job.code == 75, "\(job.error)")
        guard job.code == 75 else { break }
      }
      #expect(made == SmallProject.slices && jobs > 1, "\(made) slices in \(jobs) jobs")
      print("\(made) slices in \(jobs) jobs")
    }
  }

  @Test("the time limit: segmentation goes on in another job if it stored slices, and fails if it did not")
  func segmentation() throws {
    try TestData.withFolder { folder in
      let small = try SmallProject(folder, count: 1)
      let (whole, project) = (try small.make("whole"), try small.make("lab"))
      #expect(try ProgramRun("cryosam", ["project", "run", whole]).code == 0)
      // SIGTERM comes when slices were stored.
      let first = try task(project, ["--segment", "0"], secondsLeft: 100) {
        (try? SmallProject.slices(project).count).map { $0 > 5 } ?? false
      }
      #expect(first.code == 75, "\(first.error)")
      #expect(try SmallProject.status(project)["missing"]?.int == 1)
      // The same without the end of a job: it was cancelled.
      let count = try SmallProject.slices(project).count
      let second = try task(project, ["--segment", "0"]) {
        (try? SmallProject.slices(project).count).map { $0 > count + 5 } ?? false
      }
      #expect(second.code == 143, "\(second.error)")
      #expect(try SmallProject.status(project)["missing"]?.int == 1)
      #expect(try task(project, ["--encode", "1/1"]).code == 0)
      // All slices are there, so another job would not come further.
      let third = try task(project, ["--segment", "0"], secondsLeft: 100) {
        FileManager.default.fileExists(atPath: "\(project)/results/t1/.unfinished")
      }
      #expect(third.code == 143, "\(third.error)")
      let status = try SmallProject.status(project)
      #expect(
        status["tomograms"]?.array?.first?["failure"]?.string?.contains("give a longer --time") == true,
        "\(status.text)")
      #expect(try task(project, ["--segment", "0"]).code == 0)
      #expect(try task(project, ["--summary"]).code == 0)
      #expect(differences(try SmallProject.results(project), try SmallProject.results(whole)) == [])
    }
  }
}
