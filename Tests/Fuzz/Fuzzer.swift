import Files
import FoundationEssentials
import Platform

/// Runs one parser on inputs and counts what it says.
struct Fuzzer {
  private let name: String
  private let parser: Parser
  /// Where the input is that the parser works on; it stays there if the program dies.
  let input: String
  private var accepted = 0
  private var refused = 0
  private var reasons: Set<String> = []
  private var slowest = Duration.zero

  init(_ name: String, _ parser: @escaping Parser) {
    self.name = name
    self.parser = parser
    let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    input = "\(folder)/fuzz-\(name)-\(getpid())"
  }

  var counts: String { "\(name): \(accepted) accepted, \(refused) refused" }

  /// Feeds `bytes` to the parser.
  ///
  /// - Throws: `Finding` for anything but success and an ordinary `Failure`, and if it takes over five seconds.
  mutating func run(_ bytes: [UInt8]) throws {
    try Data(bytes).write(to: URL(filePath: input))
    let start = Self.processorTime
    do {
      try parser(input)
      accepted += 1
    } catch let failure as Failure where failure.kind != .internalError {
      refused += 1
      // The kind of refusal, without the numbers in it.
      if reasons.count < 100_000 { reasons.insert(String(failure.reason.filter { !$0.isNumber }.prefix(40))) }
    } catch {
      throw Finding("\(error)")
    }
    let time = Self.processorTime - start
    slowest = max(slowest, time)
    if time > .seconds(5) { throw Finding("took \(time)") }
  }

  /// The processor time of this process: a busy machine does not make a parser slow.
  private static var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Feeds damaged copies of `corpus` for `seconds`.
  mutating func run(_ corpus: [[UInt8]], seconds: Double, seed: UInt64) throws {
    var mutator = Mutator(generator: SplitMix64(seed: seed), corpus: corpus)
    let start = ContinuousClock.now
    var shown = start
    while ContinuousClock.now - start < .seconds(seconds) {
      try run(mutator.next())
      if ContinuousClock.now - shown > .seconds(60) {
        shown = ContinuousClock.now
        report(counts)
      }
    }
  }

  func finish() {
    unlink(input)
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    report(
      "\(counts) for \(reasons.count) kinds of reasons, slowest \(slowest), "
        + "peak memory \(usage.ru_maxrss / 1024) MB, no finding")
  }
}

/// Prints at once, also into a file.
func report(_ text: String) {
  print(text)
  fflush(nil)
}

/// The contents of `path`, or of all files below it.
func corpusFiles(_ path: String) throws -> [[UInt8]] {
  var isFolder = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
    // Not by Foundation, which leaks a buffer for an empty file: the leak checker would take it for a finding.
    return [try MappedFile(path).withBytes { Array($0) }]
  }
  return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    .flatMap { try corpusFiles("\(path)/\($0)") }
}
