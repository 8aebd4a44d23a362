import NN
import Parallel
import Platform

/// Checks and times a case in this process.
public struct BenchmarkRunner: Sendable {
  /// Timed runs; nil for the case's own number.
  public var repeats: Int?
  /// The folder that cases write their files in.
  public var scratch: String
  /// Told what is being done.
  public var note: @Sendable (String) -> Void
  /// Measures the library's speed, in billions of operations a second.
  package var librarySpeed: @Sendable () -> Double = { LibrarySpeed.sgemm() }

  public init(repeats: Int? = nil, scratch: String, note: @escaping @Sendable (String) -> Void) {
    (self.repeats, self.scratch, self.note) = (repeats, scratch, note)
  }

  /// Runs `benchmark`: checks it at a small size, makes its inputs, loads it, checks it at full size, and times it
  /// between two measurements of the library's product.
  ///
  /// The peak of memory is that of loading and of the timed runs; the checks and the library's matrices are not in it.
  ///
  /// - Throws: `Failure` if a result or the library of products is wrong, or something that it needs cannot be had.
  public func callAsFunction(_ benchmark: Benchmark) throws -> Measurement {
    try MatrixLibrary.check()
    let name = benchmark.name
    note("\(name): checking at a small size")
    let folder = Scratch(in: scratch)
    let agreements = try benchmark.check(folder)
    try agreements.require(name)
    tell(agreements, name)

    note("\(name): making its inputs")
    var (job, loadPeak) = try load(benchmark, folder)

    note("\(name): checking at full size")
    let atFullSize = try job.check?() ?? []
    job.check = nil
    try atFullSize.require(name)
    tell(atFullSize, name)

    note("\(name): timing")
    let before = libraryRate()
    ProcessMemory.forgetPeak()
    let seconds = try (0..<max(1, repeats ?? benchmark.repeats)).map { _ in
      let start = ContinuousClock.now
      try job.run()
      return (ContinuousClock.now - start) / .seconds(1)
    }
    let runPeak = ProcessMemory.peak
    let after = libraryRate()
    // The folder is there until here.
    return withExtendedLifetime(folder) {
      Measurement(
        name, seconds: seconds, operations: benchmark.operations, prompts: benchmark.prompts,
        libraryRate: (before + after) / 2, peakMemory: max(loadPeak, runPeak), threads: Parallel.threads)
    }
  }

  /// The loaded case, and the peak of memory of loading it. The inputs are its own from here on.
  private func load(_ benchmark: Benchmark, _ folder: Scratch) throws -> (job: Job, peak: Int) {
    let load = try benchmark.prepare(folder)
    ProcessMemory.forgetPeak()
    let job = try load()
    return (job, ProcessMemory.peak)
  }

  private func tell(_ agreements: [Agreement], _ name: String) {
    let inexact = agreements.filter { $0.limit > 0 }
    let worst = inexact.max { $0.error / $0.limit < $1.error / $1.limit }
    note("\(name): \(agreements.count) comparisons agree\(worst.map { "; worst: \($0)" } ?? "")")
  }

  /// OpenBLAS's threads look for work for a moment before they sleep: not at the expense of what is timed.
  private func libraryRate() -> Double {
    let rate = librarySpeed()
    usleep(200_000)
    return rate
  }
}
