import Benchmarks
import Files
import NN
import Parallel
import Synchronization
import TestSupport
import Testing

@Suite("Running a benchmark", .serialized)
struct RunnerTests {
  /// A case that takes no time, whose small and full comparisons have these errors.
  private func tiny(
    operations: Double? = nil, prompts: Int? = nil, errors: (Double, Double) = (0, 0), runs: Runs = Runs()
  ) -> Benchmark {
    Benchmark("tiny", "nothing", repeats: 4, operations: operations, prompts: prompts) { _ in
      [Agreement("small", error: errors.0, limit: 1e-5)]
    } prepare: { scratch in
      let folder = try scratch.folder(bytes: 1)
      return {
        Job {
          [Agreement("full", error: errors.1, limit: 1e-5)]
        } run: {
          try TestData.write([1], to: "\(folder)/file")
          runs.count.add(1, ordering: .relaxed)
        }
      }
    }
  }

  private final class Runs: Sendable { let count = Atomic(0) }

  private func run(_ benchmark: Benchmark, repeats: Int? = nil) throws -> Measurement {
    try TestData.withFolder { folder in
      var runner = BenchmarkRunner(repeats: repeats, scratch: folder) { _ in }
      // The library's own threads would disturb other tests.
      let speeds = Runs()
      runner.librarySpeed = { Double(speeds.count.add(100, ordering: .relaxed).newValue) }
      let result = try runner(benchmark)
      #expect(try TestData.names(in: folder).isEmpty)
      return result
    }
  }

  @Test("times as often as asked, and tells all there is to know") func measuring() throws {
    let runs = Runs()
    let result = try run(tiny(operations: 2e9, prompts: 8, runs: runs))
    #expect(runs.count.load(ordering: .relaxed) == 4)
    #expect(result.seconds.count == 4 && result.minimum > 0 && result.median >= result.minimum)
    #expect(result.libraryRate == 150, "the mean of before and after")
    #expect(result.threads == Parallel.threads)
    #expect(result.peakMemory > 1 << 20)
    #expect(try run(tiny(), repeats: 2).seconds.count == 2)
  }

  @Test("a line of JSON") func json() throws {
    let measured = Measurement(
      "decoder-8", seconds: [4, 1, 2], operations: 3e11, prompts: 8, libraryRate: 200, peakMemory: 3 << 19,
      threads: 2)
    #expect(
      measured.json.text
        == #"{"case":"decoder-8","median_s":2.0,"min_s":1.0,"gflop":300.0,"gflops":150.0,"sgemm_gflops":200.0,"#
        + #""ratio":0.75,"rss_mib":1.5,"threads":2,"per_second":4.0}"#)
    let plain = Measurement("mrc-read", seconds: [1, 2], libraryRate: 200, peakMemory: 1 << 20, threads: 1)
    #expect(
      plain.json.text
        == #"{"case":"mrc-read","median_s":1.5,"min_s":1.0,"gflop":null,"gflops":null,"sgemm_gflops":200.0,"#
        + #""ratio":null,"rss_mib":1.0,"threads":1}"#)
    #expect(
      measured.text
        == "decoder-8           median 2.000 s, minimum 1.000 s of 3; 300.0 GFLOP at 150.0 GFLOP/s; "
        + "0.750 of SGEMM's 200.0; 4.0 prompts/s; 1 MiB; 2 threads")
  }

  @Test(
    "nothing is timed when a comparison fails", arguments: [(1.0, 0.0), (0, 2e-5), (.nan, 0), (0, .infinity)])
  func failing(errors: (Double, Double)) throws {
    let runs = Runs()
    let failure = #expect(throws: Failure.self) { try run(tiny(errors: errors, runs: runs)) }
    #expect(failure?.kind == .internalError)
    #expect(failure?.reason.hasPrefix("tiny differs from the plain computation: ") == true)
    #expect(runs.count.load(ordering: .relaxed) == 0)
  }

  @Test("a folder without room is refused in one line") func noRoom() throws {
    try TestData.withFolder { folder in
      let failure = #expect(throws: Failure.self) { try Scratch(in: folder).folder(bytes: .max) }
      #expect(failure?.kind == .unavailable)
      #expect(failure?.reason.hasSuffix(" GB free, but this case writes 9223372036.9 GB") == true)
      let left = try TestData.names(in: folder)
      #expect(left.isEmpty)
    }
  }
}
